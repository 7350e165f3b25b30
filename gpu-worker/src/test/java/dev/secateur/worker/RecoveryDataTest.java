package dev.secateur.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.Tuning;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryDataTest {
  @TempDir Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    Files.copy(
        Fixtures.resource("sentencepiece/tokenizer.model"), folder.resolve("tokenizer.model"));
    tokenizer = Tokenizer.open(folder);
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private static Tuning tuning(Optional<Integer> steps, double epochs, int held, int cutoff) {
    return new Tuning(
        Template.PLAIN,
        false,
        List.of(),
        new Tuning.Budget(steps, epochs, 4, 2),
        1e-3,
        0,
        Schedule.LINEAR,
        0,
        4,
        8,
        0,
        cutoff,
        held == 0
            ? Optional.empty()
            : Optional.of(new Tuning.Validation(held, 10, Optional.empty())),
        false,
        Precision.FLOAT32);
  }

  private Path instructions(int rows) throws IOException {
    return Files.writeString(
        folder.resolve("rows.jsonl"),
        IntStream.range(0, rows)
            .mapToObj(i -> "{\"instruction\": \"Say " + i + "\", \"output\": \"" + i + "\"}\n")
            .collect(Collectors.joining()));
  }

  private RecoveryBatches batches(String data, Tuning tuning) {
    return RecoveryBatches.of(Texts.ref(data), tokenizer, tuning, 7);
  }

  @Test
  void holdsRowsOutThatNoStepSees() throws IOException {
    String data = instructions(20).toString();
    RecoveryBatches batches = batches(data, tuning(Optional.empty(), 2, 5, 64));
    assertThat(batches.steps()).isEqualTo(8); // 2 * 15 / 4
    Set<String> held = new HashSet<>();
    batches.validation().orElseThrow().batches().forEach(batch -> held.addAll(texts(batch)));
    Set<String> seen = new HashSet<>();
    IntStream.range(0, batches.steps())
        .forEach(step -> seen.addAll(texts(batches.batches().apply(step))));
    assertThat(held).hasSize(5).doesNotContainAnyElementsOf(seen);
    assertThat(seen).hasSize(15);
  }

  private Set<String> texts(Batch batch) {
    Set<String> texts = new HashSet<>();
    for (long[] row : batch.idRows()) {
      texts.add(tokenizer.decode(row).replace("\u2047", "").strip()); // padding
    }
    return texts;
  }

  @Test
  void cutsATextIntoChunksAndHoldsTheLastOut() throws IOException {
    String words = "the bird sings of night and day ".repeat(200);
    Path text = Files.writeString(folder.resolve("text.txt"), words);
    int chunks = tokenizer.encode(words.strip()).length / 32;
    RecoveryBatches batches = batches(text.toString(), tuning(Optional.empty(), 1, 3, 32));
    assertThat(batches.steps()).isEqualTo((chunks - 3 + 3) / 4);
    assertThat(batches.validation().orElseThrow().batches()).hasSize(3);
    Batch first = batches.batches().apply(0);
    assertThat(first.rows()).isEqualTo(4);
    assertThat(first.predicted()).isEqualTo(4 * 31);
    Path rows = Files.writeString(folder.resolve("c.jsonl"), "{\"body\": \"" + words + "\"}");
    assertThat(batches(rows + "#body", tuning(Optional.empty(), 1, 3, 32)).steps())
        .isEqualTo(batches.steps());
  }

  @Test
  void stepsWinOverEpochs() throws IOException {
    RecoveryBatches batches =
        batches(instructions(20).toString(), tuning(Optional.of(3), 9, 0, 64));
    assertThat(batches.steps()).isEqualTo(3);
    assertThat(batches.validation()).isEmpty();
  }

  @Test
  void refusesToHoldOutAll() throws IOException {
    String data = instructions(5).toString();
    assertThatThrownBy(() -> batches(data, tuning(Optional.empty(), 1, 5, 64)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has 5 rows, and 5 are to be held out");
  }
}
