package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.HttpResponse;
import dev.secateur.protocol.StageKey;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeptRoutesTest {
  private static final StageKey KEY = new StageKey("a".repeat(40));

  private boolean opened;

  /** Of an artifact with an empty file, which another coordinator has. */
  private final class Elsewhere extends EmptyArtifactRepository {
    @Override
    public Optional<byte[]> described(StageKey key, boolean relay) {
      String manifest = "{\"files\":{\"empty\":{\"bytes\":0},\"full\":{\"bytes\":1}}}";
      return Optional.of(manifest.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Optional<InputStream> elsewhere(StageKey key, String name, long from) {
      opened = true;
      return Optional.of(InputStream.nullInputStream());
    }
  }

  private HttpResponse file(String name) throws Exception {
    KeptRoutes routes = new KeptRoutes(new Elsewhere(), ArtifactKeepers.NONE, new ArtifactRelay());
    return routes.file(KEY, name, Optional.empty(), true).toCompletableFuture().join();
  }

  @Test
  void ofAnEmptyFileNothingIsOpened() throws Exception {
    HttpResponse empty = file("empty");
    assertThat(empty.status().intValue()).isEqualTo(200);
    assertThat(empty.entity().getContentLengthOption()).hasValue(0);
    assertThat(opened).isFalse();
    assertThat(file("full").entity().getContentLengthOption()).hasValue(1);
    assertThat(opened).isTrue();
  }
}
