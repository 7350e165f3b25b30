package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.Settings;
import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Tuning;
import dev.secateur.source.Texts;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
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
    return tuning(steps, epochs, held, cutoff, 0);
  }

  private static Tuning tuning(
      Optional<Integer> steps, double epochs, int held, int cutoff, int warmup) {
    return Settings.read(
        Tuning.class,
        """
        {template: 'plain', targets: [], budget: {steps: %s, epochs: %s, batch: 4, microBatch: 2},
         learningRate: 1e-3, warmup: %s, schedule: 'linear', rank: 4, alpha: 8, cutoff: %s,
         validation: %s, precision: 'float32'}
        """,
        steps.orElse(null),
        epochs,
        warmup,
        cutoff,
        held == 0 ? null : "{rows: " + held + ", every: 10}");
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
    batches.validation().batches().forEach(batch -> held.addAll(texts(batch)));
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

  private static Tuning withRows(int rows, int held) {
    return Settings.read(
        Tuning.class,
        """
        {template: 'plain', targets: [], budget: {steps: null, epochs: 2, batch: 4, microBatch: 2},
         learningRate: 1e-3, warmup: 0, schedule: 'linear', rank: 4, alpha: 8, cutoff: 32,
         validation: %s, precision: 'float32', rows: %s}
        """,
        held == 0 ? null : "{rows: " + held + ", every: 10}",
        rows);
  }

  @Test
  void trainsOnSoManyRowsAndOnThoseAgainWhereThereAreMore() throws IOException {
    String data = instructions(20).toString();
    RecoveryBatches few = batches(data, withRows(6, 5));
    RecoveryBatches more = batches(data, withRows(12, 5));
    assertThat(few.steps()).isEqualTo(3); // 2 * 6 / 4
    Set<String> seen = seen(few);
    assertThat(seen).hasSize(6);
    assertThat(seen(more)).hasSize(12).containsAll(seen);
    Set<String> held = new HashSet<>();
    more.validation().batches().forEach(batch -> held.addAll(texts(batch)));
    assertThat(held).hasSize(5).doesNotContainAnyElementsOf(seen(more));
    assertThatThrownBy(() -> batches(data, withRows(16, 5)))
        .isInstanceOf(InputException.class)
        .hasMessage(data + ": has 15 rows to train on, and rows = 16");
    String words = "the bird sings of night and day ".repeat(200);
    Path text = Files.writeString(folder.resolve("chunks.txt"), words);
    assertThat(batches(text.toString(), withRows(4, 0)).steps()).isEqualTo(2);
  }

  private Set<String> seen(RecoveryBatches batches) {
    Set<String> seen = new HashSet<>();
    IntStream.range(0, batches.steps())
        .forEach(step -> seen.addAll(texts(batches.batches().apply(step))));
    return seen;
  }

  @Test
  void cutsATextIntoChunksAndHoldsTheLastOut() throws IOException {
    String words = "the bird sings of night and day ".repeat(200);
    Path text = Files.writeString(folder.resolve("text.txt"), words);
    int chunks = tokenizer.encode(words.strip()).length / 32;
    RecoveryBatches batches = batches(text.toString(), tuning(Optional.empty(), 1, 3, 32));
    assertThat(batches.steps()).isEqualTo((chunks - 3 + 3) / 4);
    assertThat(batches.validation().batches()).hasSize(3);
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
    assertThat(batches.validation().batches()).isEmpty();
  }

  private Path withLongPrompts(int longer, int others) throws IOException {
    String prompt = "word ".repeat(200);
    return Files.writeString(
        folder.resolve("long.jsonl"),
        ("{\"instruction\": \"" + prompt + "\", \"output\": \"yes\"}\n").repeat(longer)
            + Files.readString(instructions(others)));
  }

  @Test
  void leavesRowsOutWhoseAnswerLiesBeyondTheCutoff() throws IOException {
    Path data = withLongPrompts(12, 6);
    Tuning tuning = tuning(Optional.empty(), 2, 2, 64);
    RecoveryBatches batches = batches(data.toString(), tuning);
    assertThat(batches.steps()).isEqualTo(2); // 2 * 4 / 4, none of the long ones
    for (int step = 0; step < 2; step++) {
      assertThat(batches.batches().apply(step).predicted()).isGreaterThanOrEqualTo(4);
    }
    batches
        .validation()
        .batches()
        .forEach(batch -> assertThat(batch.predicted()).isGreaterThanOrEqualTo(batch.rows()));
    assertThat(batches.notices().rowsLeftOut()).isEqualTo(12);
    assertThat(batches.notices().lines())
        .containsExactly(
            data
                + ": 12 of 18 rows are left out: no token of their answer is within the"
                + " cutoff of 64");
    RecoveryBatches without = batches(instructions(6).toString(), tuning);
    assertThat(without.batches().apply(0))
        .usingRecursiveComparison()
        .isEqualTo(batches.batches().apply(0));
    assertThat(without.notices().lines()).isEmpty();
  }

  @Test
  void leavesNoShortRowOutWithATokenizerOfTheOtherKind() throws IOException {
    try (Tokenizer demo = Tokenizer.open(DemoModel.extract(folder))) {
      for (int cutoff : new int[] {12, 64}) {
        RecoveryBatches batches =
            RecoveryBatches.of(
                Texts.ref(instructions(9).toString()),
                demo,
                tuning(Optional.empty(), 1, 0, cutoff),
                7);
        assertThat(batches.notices().rowsLeftOut()).isZero();
      }
    }
  }

  @Test
  void refusesDataOfWhichNoAnswerLiesWithinTheCutoff() throws IOException {
    String data = withLongPrompts(3, 0).toString();
    assertThatThrownBy(() -> batches(data, tuning(Optional.of(3), 1, 0, 64)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            data
                + ": none of 3 rows has a token of its answer within the cutoff of 64; raise the"
                + " cutoff");
    assertThat(batches(data, tuning(Optional.of(3), 1, 0, 2048)).notices().rowsLeftOut()).isZero();
  }

  @Test
  void saysThatAWarmupIsLongerThanTheTraining() throws IOException {
    RecoveryBatches batches =
        batches(instructions(20).toString(), tuning(Optional.of(3), 1, 0, 64, 5));
    assertThat(batches.notices().stepsOfWarmupLeft()).isEqualTo(2);
    assertThat(batches.notices().lines())
        .containsExactly(
            "the warm-up of 5 steps is longer than the training of 3: the learning rate does not"
                + " reach its peak");
  }

  @Test
  void refusesToHoldOutAll() throws IOException {
    String data = instructions(5).toString();
    assertThatThrownBy(() -> batches(data, tuning(Optional.empty(), 1, 5, 64)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has 5 rows, and 5 are to be held out");
    String mixed = withLongPrompts(2, 5).toString();
    assertThatThrownBy(() -> batches(mixed, tuning(Optional.empty(), 1, 5, 64)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "has 5 rows with an answer within the cutoff, and 5 are to be held out of them");
  }
}
