package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTextTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new NoSuchFileException("/a/b"), "/a/b: no such file or folder"),
        Arguments.of(new AccessDeniedException("/a/b"), "/a/b: permission denied"),
        Arguments.of(
            new FileSystemException("/a/b", null, "No space left on device"),
            "/a/b: No space left on device"),
        Arguments.of(
            new CompletionException(new UncheckedIOException(new IOException("Broken pipe"))),
            "Broken pipe"),
        Arguments.of(
            new UncheckedIOException("the disk is full", new IOException("x")), "the disk is full"),
        Arguments.of(new UnknownHostException("nowhere"), "no such host: nowhere"),
        Arguments.of(
            new IOException("Bind failed because of java.net.BindException: [/1.2.3.4:5] in use"),
            "Bind failed because of [/1.2.3.4:5] in use"),
        Arguments.of(
            new NoClassDefFoundError("jdk/jfr/Event"),
            "Java can't find jdk.jfr.Event; this Java lacks a module, or this installation a file of"
                + " its folder 'lib'"),
        Arguments.of(
            new UnsatisfiedLinkError("no awt in java.library.path"),
            "Java can't load what it needs: no awt in java.library.path"),
        Arguments.of(
            new OutOfMemoryError("Java heap space"),
            "Java is out of memory (Java heap space); give it more:"
                + " SECATEUR_JAVA_OPTIONS=-Xmx4g"),
        Arguments.of(new StackOverflowError(), "the input is nested too deeply to be read"),
        Arguments.of(
            new ExceptionInInitializerError(new IllegalStateException("no GPU")),
            "no GPU (--debug shows where)"),
        Arguments.of(new NullPointerException(), "an unexpected failure (--debug shows where)"),
        Arguments.of(new IllegalStateException("first\nsecond"), "first (--debug shows where)"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void saysInOneLineWhatHappenedToWhat(Throwable failure, String line) {
    assertThat(FailureText.of(failure)).isEqualTo(line);
  }

  @Test
  void looksThroughWhatCarriesAFailure() {
    IOException cause = new IOException("x");
    assertThat(FailureText.cause(new CompletionException(new UncheckedIOException(cause))))
        .isSameAs(cause);
  }
}
