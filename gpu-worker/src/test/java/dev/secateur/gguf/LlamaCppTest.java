package dev.secateur.gguf;

import dev.secateur.LlamaCpp;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * GGUF files of other spellings and types than {@link GgufTableTest}'s, computed by llama.cpp. Runs
 * where {@link LlamaCpp} is.
 */
class LlamaCppTest {
  @TempDir Path folder;

  @Test
  void llamaCppComputesEverySpelling() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    GgufCheckpoints checkpoints = new GgufCheckpoints(folder);
    Comparison comparison = new Comparison(folder);
    Path demo = DemoModel.extract(folder);
    for (Cut cut : List.of(Cut.NOTHING, Cut.UNEVEN_BLOCK)) {
      comparison.add(demo, cut, GgufType.F32, 2e-3);
    }
    for (String name : List.of("llama-gqa-tied", "llama-bias", "llama3-rope", "llama-yarn")) {
      for (Cut cut : List.of(Cut.NOTHING, Cut.BLOCK, Cut.UNEVEN_BLOCK)) {
        comparison.add(checkpoints.of(name), cut, GgufType.F32, 2e-3);
      }
    }
    for (Cut cut : List.of(Cut.NOTHING, Cut.BLOCK, Cut.UNEVEN_BLOCK)) {
      comparison.add(checkpoints.of("phi3-longrope"), cut, GgufType.F32, 2e-3);
    }
    for (String name : List.of("qwen3", "granite")) {
      comparison.add(checkpoints.tied(name), Cut.UNEVEN_BLOCK, GgufType.F32, 2e-3);
    }
    comparison.add(checkpoints.of("gpt-neox-sequential"), Cut.NOTHING, GgufType.F32, 1e-2);
    comparison.add(checkpoints.of("phi4-mini"), Cut.NOTHING, GgufType.F32, 2e-3);
    comparison.check(llama);
  }

  @Test
  void smallerTypesAreAsNearAsTheyCanBe() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    Comparison comparison = new Comparison(folder);
    Path demo = DemoModel.extract(folder);
    comparison.add(demo, Cut.NOTHING, GgufType.F16, 0.3);
    comparison.add(demo, Cut.UNEVEN_BLOCK, GgufType.BF16, 0.3);
    comparison.add(demo, Cut.NOTHING, GgufType.Q8_0, 0.3);
    GgufCheckpoints checkpoints = new GgufCheckpoints(folder);
    for (String name : List.of("mixtral", "gpt-oss")) {
      comparison.add(checkpoints.of(name), Cut.NOTHING, GgufType.F16, 0.05);
    }
    comparison.check(llama);
  }
}
