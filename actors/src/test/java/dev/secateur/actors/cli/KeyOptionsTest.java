package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.RecoverySection;
import dev.secateur.coordinator.config.Values;
import dev.secateur.protocol.Tuning;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Options have what keys say. */
class KeyOptionsTest {
  /** Nothing is given. */
  private static final Values NOTHING =
      new Values() {
        @Override
        public <T> Optional<T> find(Key<T> key) {
          return Optional.empty();
        }

        @Override
        public <T> List<T> list(Key<T> key, UnaryOperator<T> check) {
          return key.otherwise().stream().toList();
        }
      };

  @Command(name = "learn")
  private static final class Learn {
    @Mixin
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private KeyOptions keys =
        KeyOptions.of(
            Key.number("rate", "0", "10", 1e-4, "how fast").formerly("speed").unit("rate"));
  }

  @Test
  void theCommandLineTrainsAsASweepDoesWhereNothingIsSaid() {
    Tuning sweep = RecoverySection.tuning(NOTHING, target -> target, new Tuning.Unvalidated());
    assertThat(new TuningOptions().tuning()).isEqualTo(sweep);
    assertThat(sweep.learningRate()).isEqualTo(1e-4);
  }

  @Command(name = "tuned")
  private static final class Tuned {
    @Mixin private TuningOptions options;
  }

  @Test
  void whatIsGivenWins() {
    Tuned tuned = new Tuned();
    new CommandLine(tuned)
        .parseArgs("--targets=q_proj,v_proj", "--train-on-inputs", "--batch=2", "--validation=5");
    Tuning tuning = tuned.options.tuning();
    assertThat(tuning.targets()).containsExactly("q_proj", "v_proj");
    assertThat(tuning.trainOnInputs()).isTrue();
    assertThat(tuning.budget()).isEqualTo(new Tuning.TrainingBudget(new Tuning.Epochs(2), 2, 2));
    assertThat(tuning.validation()).isEqualTo(new Tuning.Validated(5, 100));
  }

  @Test
  void helpSaysWhatAKeySays() {
    assertThat(new CommandLine(new Learn()).getUsageMessage())
        .contains("--rate=RATE")
        .contains("How fast (default: 0.0001).");
  }

  @Test
  void aFormerNameIsAnsweredWithTheNewOne() {
    CommandLine line = new CommandLine(new Learn());
    assertThat(KeyOptions.renamed("--speed", line.getCommandSpec())).hasValue("--rate");
    assertThat(KeyOptions.renamed("--sped", line.getCommandSpec())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "recover demo --data wordnet --out OUT --rank 0 | --rank is 0; allowed are whole numbers from 1 to 65536",
        "recover demo --data wordnet --out OUT --rank x | Invalid value for option '--rank': 'x' is not an int",
        "recover demo --data wordnet --out OUT --schedule step | 'step' is not one of constant, linear, cosine",
        "recover demo --data wordnet --out OUT --dropout 1 | --dropout is 1.0; allowed is 0 to 0.99",
        "recover demo --data wordnet --out OUT --learning-rate NaN | --learning-rate is NaN, which is beyond",
        "recover demo --data wordnet --out OUT --patience 2 | give --validation N",
        "recover demo --data wordnet --out OUT --rnk 4 | did you mean '--rank'?",
        "prune demo --compute float16 | Invalid value for option '--compute': 'float16' is not one of float32, bfloat16",
        "generate demo --compute half | 'half' is not one of float32, bfloat16",
        "evaluate demo --compute bf16 | 'bf16' is not one of float32, bfloat16",
        "prune demo --samples 0 | --samples is 0; allowed are whole numbers from 1 to 100000",
        "prune demo --strategy ignore-dependencies --ratio 0.5 --steps 2 --criterion l2 |"
            + " only masks weights, in one step",
        "generate demo --top-p 2 | --top-p is 2.0; allowed is 0.000001 to 1",
        "evaluate demo --perplexity wordnet --window 1 | --window is 1; allowed are whole numbers"
      })
  void refusesWhatAKeyRefuses(String arguments, String complaint) throws Exception {
    Cli.Result result = Cli.here(arguments.split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).contains(complaint).doesNotContain("\tat ");
  }
}
