package dev.secateur.actors.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The events of an answer, as the standard has them: WHATWG HTML, 9.2. */
class EventStreamTest {
  private static EventStream of(InputStream body) {
    return new EventStream(new Exchange.Opened(URI.create("http://coordinator:8558"), 200, body));
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> told(String text) throws IOException {
    List<String> all = new ArrayList<>();
    try (EventStream events = of(text(text))) {
      for (Optional<String> data = events.next(); data.isPresent(); data = events.next()) {
        all.add(data.get());
      }
    }
    return all;
  }

  @Test
  void givesTheDataOfEachEvent() throws IOException {
    assertThat(told("data:a\nevent:e\nid:1\n\ndata: ä\r\n\r\n")).containsExactly("a", "ä");
  }

  @Test
  void joinsTheLinesOfAnEvent() throws IOException {
    assertThat(told("data:{\ndata:}\n\n")).containsExactly("{\n}");
  }

  @Test
  void leavesOutHeartbeatsAndComments() throws IOException {
    assertThat(told("data:\n\n:\n\n\n\n: comment\n\ndata:a\n\ndata:\n\n")).containsExactly("a");
  }

  @Test
  void leavesOutAnEventThatTheStreamEndsWithin() throws IOException {
    assertThat(told("data:a\n\ndata:{\"sequence\":12")).containsExactly("a");
  }

  @Test
  void saysWhyAConnectionBreaks() throws IOException {
    InputStream broken = InputStream.nullInputStream();
    broken.close();
    try (EventStream events = of(new SequenceInputStream(text("data:a\n\n"), broken))) {
      assertThat(events.next()).contains("a");
      assertThatThrownBy(events::next).isInstanceOf(IOException.class).hasMessage("Stream closed");
    }
  }

  @Test
  void closesTheBodyOfTheAnswer() {
    AtomicBoolean closed = new AtomicBoolean();
    of(new ByteArrayInputStream(new byte[0]) {
          @Override
          public void close() {
            closed.set(true);
          }
        })
        .close();
    assertThat(closed).isTrue();
  }

  /** The distribution has the library without the HTTP client that it is built on. */
  @Test
  void needsNoHttpClientOfTheLibrary() throws Exception {
    List<URL> shipped = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (!path.getFileName().toString().matches("(okhttp-\\d|okio|kotlin).*")) {
        shipped.add(path.toUri().toURL());
      }
    }
    try (URLClassLoader loader =
        new URLClassLoader(shipped.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      assertThatThrownBy(() -> loader.loadClass("okhttp3.HttpUrl"))
          .isInstanceOf(ClassNotFoundException.class);
      Method told =
          loader.loadClass(EventStreamTest.class.getName()).getDeclaredMethod("told", String.class);
      told.setAccessible(true);
      assertThat(told.invoke(null, "data:a\n\n")).isEqualTo(List.of("a"));
    }
  }
}
