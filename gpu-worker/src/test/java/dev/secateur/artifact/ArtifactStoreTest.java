package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactStoreTest {
  private static final StageKey KEY = new StageKey("abc");

  @TempDir Path folder;

  private ArtifactStore store() {
    return new ArtifactStore(folder.resolve("artifacts"));
  }

  private Artifact create(String content) throws IOException {
    return store()
        .create(
            KEY,
            StageKind.PRUNING,
            Map.of("host", "h"),
            into -> {
              Files.writeString(into.resolve("recipe.json"), content);
              return Map.of("x", 1.5);
            });
  }

  @Test
  void findsWhatWasCreated() throws IOException {
    assertThat(store().find(KEY)).isEmpty();
    Artifact made = create("one");
    assertThat(store().find(KEY)).contains(made);
    assertThat(made.metrics()).containsEntry("x", 1.5);
    assertThat(made.machine()).containsExactly(Map.entry("host", "h"));
    assertThat(store().file(KEY, "recipe.json")).hasValue("one".getBytes(StandardCharsets.UTF_8));
    assertThat(store().file(KEY, "scores")).isEmpty();
    assertThat(made.file("recipe.json")).hasContent("one");
    assertThat(made.ref().bytes()).isEqualTo(3);
  }

  @Test
  void neverUsesACorruptedArtifactAndReplacesIt() throws IOException {
    Artifact made = create("one");
    Files.writeString(made.file("recipe.json"), "two");
    assertThat(store().find(KEY)).isEmpty();
    assertThat(create("three").file("recipe.json")).hasContent("three");
    Files.delete(made.file("recipe.json"));
    assertThat(store().find(KEY)).isEmpty();
    Files.writeString(made.file("artifact.json"), "{");
    assertThat(store().find(KEY)).isEmpty();
  }

  @Test
  void keepsTheFirstOfTwoThatWereMadeAtOnce() throws IOException {
    create("one");
    assertThat(create("two").file("recipe.json")).hasContent("one");
  }

  @Test
  void leavesNothingBehindWhenComputingFails() {
    assertThatThrownBy(
            () ->
                store()
                    .create(
                        KEY,
                        StageKind.PRUNING,
                        Map.of(),
                        into -> {
                          Files.writeString(into.resolve("half"), "x");
                          throw new IOException("No space left on device");
                        }))
        .hasMessageEndingWith("artifact abc: No space left on device");
    assertThat(folder.resolve("artifacts")).isEmptyDirectory();
  }

  @Test
  void refusesAFolderThatCannotBeWrittenTo() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> new ArtifactStore(file.resolve("artifacts")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the work folder can't be written to");
  }
}
