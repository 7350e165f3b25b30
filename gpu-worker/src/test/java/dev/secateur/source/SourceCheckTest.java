package dev.secateur.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.TextRef;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.TextFile;
import dev.secateur.worker.TaskRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceCheckTest {
  @TempDir Path folder;

  private final SourceCheck check = new SourceCheck();
  private int hashed;

  private void check(Path place, String planned) {
    check.check(
        place.toString(),
        planned,
        place,
        () -> {
          hashed++;
          return Files.isDirectory(place)
              ? SourceHashes.model(place)
              : SourceHashes.text(new TextFile(place, ""));
        });
  }

  @Test
  void takesAModelThatIsThePlannedOneAndHashesItOnce() {
    Path model = DemoModel.extract(folder);
    String planned = SourceHashes.model(model);
    check(model, planned);
    check(model, planned);
    assertThat(hashed).isEqualTo(1);
  }

  @Test
  void refusesAModelWhoseFilesAreOthers() throws IOException {
    Path model = DemoModel.extract(folder);
    String planned = SourceHashes.model(model);
    check(model, planned);
    Path config = model.resolve("config.json");
    Files.writeString(config, Files.readString(config) + "\n");
    assertThatThrownBy(() -> check(model, planned))
        .isInstanceOf(DifferentFilesException.class)
        .hasMessageContaining(model + ": differs from the file that the sweep was planned with")
        .hasMessageContaining(planned.substring(0, 12))
        .satisfies(
            problem ->
                assertThat(TaskRunner.failed(problem))
                    .as("another worker may have the right files")
                    .isEqualTo(new Outcome.Failed(FailureKind.INTERNAL, problem.getMessage())));
  }

  /** As when two workers put the demo model into one folder at once. */
  @Test
  void isNotDisturbedByFilesThatAreBeingWritten() throws Exception {
    Path model = DemoModel.extract(folder);
    String planned = SourceHashes.model(model);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              while (!enough.get()) {
                rewrite(model.resolve("provenance.json"));
              }
            });
    for (int i = 0; i < 500; i++) {
      check(model, planned);
    }
    enough.set(true);
    writer.get();
  }

  private static void rewrite(Path file) {
    try {
      AtomicFile.write(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void saysOfAModelThatIsNotWholeWhatItLacks() throws IOException {
    Path model = DemoModel.extract(folder);
    String planned = SourceHashes.model(model);
    Files.delete(model.resolve("model.safetensors"));
    assertThatThrownBy(() -> check(model, planned))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("neither model.safetensors nor");
  }

  @Test
  void tellsColumnsOfATextApart() throws IOException {
    Path rows = Files.writeString(folder.resolve("rows.jsonl"), "{\"a\": \"x\", \"b\": \"y\"}\n");
    for (String column : new String[] {"a", "b"}) {
      TextFile text = new TextFile(rows, column);
      String planned = SourceHashes.text(text);
      assertThat(planned).endsWith("#" + column);
      check.check(text.toString(), planned, rows, () -> SourceHashes.text(text));
    }
  }

  @Test
  void leavesToTheHubWhatTheHubHas() {
    Path nowhere = folder.resolve("nowhere");
    assertThatCode(() -> check.check("hf:owner/name@0123", "planned", nowhere, () -> "other"))
        .doesNotThrowAnyException();
    assertThatCode(() -> check.check(TextRef.WORDNET, "planned", nowhere, () -> "other"))
        .doesNotThrowAnyException();
  }
}
