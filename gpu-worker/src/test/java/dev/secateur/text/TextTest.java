package dev.secateur.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {
  @TempDir Path folder;

  private Tokenizer tokenizer(List<String> rows, int vocabulary) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), BpeTrainer.train(rows, vocabulary));
    Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\": 1, \"eos_token_id\": 2}");
    return Tokenizer.open(folder);
  }

  @Test
  void splitsWordNetWithoutOverlap() {
    Set<String> test = new HashSet<>();
    WordNet.entries(Split.TEST).forEach(entry -> test.add(entry.gloss()));
    List<WordNet.Entry> training = WordNet.entries(Split.TRAIN);
    assertThat(training).hasSizeGreaterThan(100_000);
    assertThat(test).hasSizeGreaterThan(5_000);
    assertThat(training).noneMatch(entry -> test.contains(entry.gloss()));
    assertThat(training.get(0).text())
        .isEqualTo(
            "abstraction: a general concept formed by extracting common features from specific"
                + " examples");
  }

  @Test
  void learnsATokenizerThatKeepsEveryText() throws IOException {
    List<String> rows = WordNet.texts(Split.TEST);
    try (Tokenizer tokenizer = tokenizer(rows, 600)) {
      for (String text : List.of(rows.get(7), "naïve — \t\n 中文 \uD83D\uDE00", "  two  spaces")) {
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
      }
      long[] ids = tokenizer.encode(String.join(" ", rows.subList(0, 300)));
      assertThat(ids).hasSizeGreaterThan(512); // nothing is truncated
      assertThat(Arrays.stream(ids).max().orElseThrow()).isBetween(259L, 599L);
    }
  }

  @Test
  void learnsTheSameTokenizerEachTime() {
    List<String> rows = WordNet.texts(Split.TEST).subList(0, 500);
    assertThat(BpeTrainer.train(rows, 400)).isEqualTo(BpeTrainer.train(rows, 400));
  }

  @Test
  void encodesPartsOfADocumentAsTheWhole() throws IOException {
    List<String> rows = WordNet.texts(Split.TEST);
    try (Tokenizer tokenizer = tokenizer(rows.subList(0, 500), 400)) {
      long[] parts = Documents.tokens(rows, tokenizer);
      long[] whole = tokenizer.encode(String.join("\n\n", rows));
      assertThat(parts[0]).isEqualTo(1);
      assertThat(Arrays.copyOfRange(parts, 1, parts.length)).isEqualTo(whole);
      assertThat(Documents.tokens(rows, tokenizer, tokenizer.bos(), 1000))
          .isEqualTo(Arrays.copyOf(parts, 1000));
    }
  }

  private static InstructionBatches batches(Instruction row, Tokenizer tokenizer, int cutoff) {
    return new InstructionBatches(
        new InstructionRows(List.of(row), tokenizer, Template.PLAIN, false, cutoff), 1, 1);
  }

  @Test
  void predictsPromptsTooWhereItIsAsked() throws IOException {
    Instruction row = new Instruction("Define the noun.", "dog:", "a pet");
    try (Tokenizer tokenizer = tokenizer(List.of(), 259)) {
      Batch batch =
          new InstructionRows(List.of(row), tokenizer, Template.PLAIN, true, 64).batch(0, 1);
      assertThat(batch.predicted()).isEqualTo(batch.tokens() - 1);
    }
  }

  @Test
  void predictsOnlyTheAnswerAndEndsIt() throws IOException {
    Instruction row = new Instruction("Define the noun.", "dog:", "a pet");
    assertThat(row.text(Template.PLAIN)).isEqualTo("Define the noun: dog: a pet");
    try (Tokenizer tokenizer = tokenizer(List.of(), 259)) {
      Batch batch = batches(row, tokenizer, 64).at(0);
      String answer =
          tokenizer.decode(
              Arrays.stream(batch.targets()).filter(target -> target != Batch.IGNORED).toArray());
      assertThat(answer).isEqualTo(" a pet");
      assertThat(batch.ids()[0]).isEqualTo(1);
      assertThat(batch.ids()[batch.tokens() - 1]).isEqualTo(2);
      Batch cut = batches(row, tokenizer, 25).at(0);
      assertThat(cut.tokens()).isEqualTo(25);
      assertThat(cut.ids()[24]).isNotEqualTo(2);
      InstructionBatches promptOnly = batches(row, tokenizer, 3);
      assertThatThrownBy(() -> promptOnly.at(0))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("within its first 3 tokens; raise the cutoff");
    }
  }

  @Test
  void writesTheSubmodulesOfAlpaca() {
    assertThat(new Instruction("Say hi.", "", "hi").text(Template.ALPACA))
        .endsWith("### Instruction:\nSay hi.\n\n### Response:\nhi")
        .doesNotContain("### Input:");
    assertThat(new Instruction("Say.", "it", "hi").text(Template.ALPACA))
        .endsWith("### Input:\nit\n\n### Response:\nhi");
  }

  @Test
  void readsInstructionRowsFromArraysAndLines() throws IOException {
    String row = "{\"instruction\": \"a\", \"input\": \"b\", \"output\": \"c\"}";
    Path array = Files.writeString(folder.resolve("a.json"), "[" + row + "," + row + "]");
    Path lines = Files.writeString(folder.resolve("a.jsonl"), row + "\n" + row + "\n");
    assertThat(InstructionFile.read(array))
        .isEqualTo(InstructionFile.read(lines))
        .hasSize(2)
        .contains(new Instruction("a", "b", "c"));
    Path wrong = Files.writeString(folder.resolve("w.jsonl"), row + "\n{\"output\": 1}");
    assertThatThrownBy(() -> InstructionFile.read(wrong))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("w.jsonl:2: 'instruction' is missing");
    Path empty = Files.writeString(folder.resolve("e.json"), "[]");
    assertThatThrownBy(() -> InstructionFile.read(empty)).hasMessageContaining("has no rows");
  }

  @Test
  void visitsEveryWindowOnceAnEpochInAnOrderOfTheSeed() {
    long[] document = java.util.stream.LongStream.range(0, 1000).toArray();
    TokenWindows windows = new TokenWindows(document, 10, 9, 1);
    Set<Long> starts = new HashSet<>();
    for (int step = 0; step < 11; step++) {
      Batch batch = windows.at(step);
      for (int row = 0; row < 9; row++) {
        starts.add(batch.ids()[row * 10]);
        assertThat(batch.targets()[row * 10]).isEqualTo(batch.ids()[row * 10] + 1);
        assertThat(batch.targets()[row * 10 + 9]).isEqualTo(Batch.IGNORED);
      }
    }
    assertThat(starts).hasSize(99);
    assertThat(new TokenWindows(document, 10, 9, 1).at(5).ids()).isEqualTo(windows.at(5).ids());
    assertThat(new TokenWindows(document, 10, 9, 2).at(5).ids()).isNotEqualTo(windows.at(5).ids());
  }

  @Test
  void baselinesKnowWhatTheyCounted() {
    long[] training = new long[3000];
    for (int i = 0; i < training.length; i++) {
      training[i] = i % 3;
    }
    NgramBaseline baseline = new NgramBaseline(training, 3);
    assertThat(baseline.unigramPerplexity(training)).isCloseTo(3, within(0.01));
    assertThat(baseline.trigramPerplexity(training)).isCloseTo(1, within(0.01));
  }
}
