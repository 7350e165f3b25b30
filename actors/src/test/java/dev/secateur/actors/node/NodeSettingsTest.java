package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.artifact.ArtifactPlacement;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.source.LocalFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeSettingsTest {
  @TempDir Path folder;

  private NodeSettings load(String text) throws IOException {
    return NodeSettings.load(Optional.of(Files.writeString(folder.resolve("node.conf"), text)));
  }

  @Test
  void readsHostsAndRootsAsListsAndAsTheEnvironmentGivesThem() throws IOException {
    NodeSettings lists =
        load("secateur.http { hosts = [a.example, b.example], roots = [\"/data\", \"/models\"] }");
    assertThat(lists.http().hosts()).containsExactly("a.example", "b.example");
    NodeSettings texts =
        load("secateur.http { hosts = \"a.example, b.example\", roots = \"/data,/models\" }");
    assertThat(texts.http().hosts()).isEqualTo(lists.http().hosts());
    assertThat(texts.roots()).isEqualTo(lists.roots()).hasSize(2);
    assertThat(load("").http().hosts()).isEmpty();
    assertThat(load("secateur.http.hosts = \"\"").http().hosts()).isEmpty();
  }

  @Test
  void refusesAValueThatACommentCuts() {
    assertThatThrownBy(() -> load("secateur.journal.password = pass#word\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("node.conf:1: 'secateur.journal.password' is cut before '#word'");
  }

  @Test
  void knowsWhereWeightsLieAndRefusesOtherPlacesByName() throws IOException {
    assertThat(load("").weights()).isEqualTo(WeightPlacement.AUTO);
    assertThat(load("secateur.worker.weights = streamed").weights())
        .isEqualTo(WeightPlacement.STREAMED);
    NodeSettings wrong = load("secateur.worker.weights = disk");
    assertThatThrownBy(wrong::weights)
        .isInstanceOf(InputException.class)
        .hasMessage("secateur.worker.weights is 'disk', not one of auto, resident, streamed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"include \"node.conf\"", "a = ${b}\nb = ${a}", "a = \"", "a = ${none}"})
  void refusesWhatCannotBeReadInOneLine(String text) {
    assertThatThrownBy(() -> load(text))
        .isInstanceOf(InputException.class)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    assertThatThrownBy(() -> load("a = " + "[".repeat(20_000)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("more than 100 levels");
  }

  @Test
  void noFileIsCalledWhatNoFileCanBe() {
    LocalSources sources = new LocalSources(new LocalFiles((file, done, all) -> {}, folder));
    assertThatThrownBy(() -> sources.model("a\0b"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("'a\\u0000b': no file can have this name here");
    assertThatThrownBy(() -> sources.text("a\0b")).isInstanceOf(InputException.class);
    assertThatThrownBy(() -> sources.tasks("a\0b")).isInstanceOf(InputException.class);
  }

  @Test
  void knowsWhichArtifactsStay() {
    NodeSettings settings = NodeSettings.load(Optional.empty());
    assertThat(settings.placement()).isEqualTo(ArtifactPlacement.USUAL);
    assertThat(
            settings
                .with(Map.of("secateur.export.store", "worker", "secateur.export.large", "2 MiB"))
                .placement())
        .isEqualTo(new ArtifactPlacement(ArtifactPlacement.Place.WORKER, 2 << 20));
    assertThatThrownBy(() -> settings.with(Map.of("secateur.export.store", "disk")).placement())
        .hasMessage(
            "secateur.export.store is 'disk', not one of auto, worker, shared, coordinator");
    NodeSettings shared = settings.with(Map.of("secateur.export.store", "shared"));
    assertThatThrownBy(shared::placement)
        .hasMessage(
            "secateur.export.store is shared, but secateur.artifacts.shared names no folder");
    assertThat(shared.with(Map.of("secateur.artifacts.shared", "/mnt")).placement().place())
        .isEqualTo(ArtifactPlacement.Place.SHARED);
  }
}
