package dev.secateur.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.Settings;
import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.TextRef;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationSamplesTest {
  @TempDir Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"llama\", \"bos_token_id\": 1, \"eos_token_id\": 2}");
    Files.copy(
        Fixtures.resource("sentencepiece/tokenizer.model"), folder.resolve("tokenizer.model"));
    tokenizer = Tokenizer.open(folder);
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private Batch draw(String text, Sampling sampling, int count, int length, long seed) {
    return CalibrationSamples.draw(
        Settings.read(
                Samples.class,
                "{sampling: '%s', count: %s, length: %s, seed: %s, activations: 'auto'}",
                sampling.label(),
                count,
                length,
                seed)
            .of(new TextRef(text, "")),
        tokenizer);
  }

  /** Fifty rows of a hundred words or so, and as many that are short. */
  private String rows() throws IOException {
    String lines =
        IntStream.range(0, 100)
            .mapToObj(i -> "{\"text\": \"" + ("row" + i + " ").repeat(i % 2 == 0 ? 60 : 1) + "\"}")
            .collect(Collectors.joining("\n"));
    return Files.writeString(folder.resolve("rows.jsonl"), lines).toString();
  }

  @Test
  void drawsWindowsOfRowsThatAreLongEnoughNoneTwice() throws IOException {
    String text = rows();
    Batch batch = draw(text, Sampling.WINDOW, 40, 32, 3);
    assertThat(batch.rows()).isEqualTo(40);
    Set<String> rows =
        Arrays.stream(batch.idRows())
            .map(ids -> tokenizer.decode(ids).replaceAll(".*?(row\\d+) .*", "$1"))
            .collect(Collectors.toSet());
    assertThat(rows).hasSize(40);
    assertThat(batch).usingRecursiveComparison().isEqualTo(draw(text, Sampling.WINDOW, 40, 32, 3));
    assertThat(batch.ids()).isNotEqualTo(draw(text, Sampling.WINDOW, 40, 32, 4).ids());
    assertThat(batch.predicted()).isEqualTo(40 * 31);
  }

  @Test
  void saysHowManyRowsAreLongEnough() throws IOException {
    String text = rows();
    assertThatThrownBy(() -> draw(text, Sampling.WINDOW, 51, 32, 3))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has 50 rows that are long enough for 51 calibration samples");
  }

  @Test
  void predictsOnlyTheAnswersOfDialogues() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("dialogues.jsonl"),
            "{\"dialog\": [\"Say, Jim, how about a beer?\", \"I am not so sure of that at all.\", \"x\"]}\n"
                + "{\"dialog\": [\"Can you sing?\", \"No.\"]}\n"
                + "{\"dialog\": [\"third\", \"left out\"]}\n");
    Batch batch = draw(file.toString(), Sampling.DIALOGUE, 2, 64, 1);
    assertThat(batch.rows()).isEqualTo(2);
    long[] predicted =
        Arrays.stream(batch.rows(1, 2).targets()).filter(t -> t != Batch.IGNORED).toArray();
    assertThat(tokenizer.decode(predicted).strip()).isEqualTo("No.");
    assertThat(predicted[predicted.length - 1]).isEqualTo(2);
    assertThat(batch.ids()[0]).isEqualTo(1);
    Path wrong = Files.writeString(folder.resolve("w.jsonl"), "{\"dialog\": [\"alone\"]}");
    assertThatThrownBy(() -> draw(wrong.toString(), Sampling.DIALOGUE, 1, 64, 1))
        .hasMessageContaining("w.jsonl:1: 'dialog' is not a list of two or more turns");
  }
}
