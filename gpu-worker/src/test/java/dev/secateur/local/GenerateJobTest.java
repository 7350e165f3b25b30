package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.generation.Continuation;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateJobTest {
  private static final Generation ASKED = new Generation(List.of("dog:"), 12, 0, 0, 1, 1);

  @TempDir Path folder;

  private static Continuation written(Path demo) {
    try (GenerateJob job =
        new GenerateJob(
            demo,
            Optional.empty(),
            Device.cpu(),
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      return job.run(ASKED).get(0);
    }
  }

  @Test
  void stopsAtEveryTokenThatTheGenerationConfigLists() throws IOException {
    Path demo = DemoModel.extract(folder);
    Path settings = demo.resolve("generation_config.json");
    Files.writeString(settings, "{}");
    Continuation whole = written(demo);
    assertThat(whole.tokens()).isEqualTo(12);
    long[] ids;
    try (Tokenizer tokenizer = Tokenizer.open(demo)) {
      ids = tokenizer.encode(whole.text());
    }
    Files.writeString(settings, "{\"eos_token_id\": [2, " + ids[3] + "]}");
    Continuation cut = written(demo);
    assertThat(cut.tokens()).isPositive().isLessThan(whole.tokens());
    assertThat(whole.text()).startsWith(cut.text());
  }
}
