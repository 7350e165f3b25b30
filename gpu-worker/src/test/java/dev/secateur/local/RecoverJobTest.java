package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Settings;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Tuning;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.source.SourceHashes;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingNotices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoverJobTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void copyAModel() {
    model = DemoModel.extract(folder.resolve("models"));
  }

  @Test
  void refusesATargetThatNoLayerIsNamedBeforeItReadsAWeight() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    assertThatThrownBy(
            () ->
                new RecoverJob(
                    model,
                    tuning("q_porj", "v_proj"),
                    1,
                    Device.cpu(),
                    Allowance.of(WeightPlacement.AUTO),
                    line -> {}))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "no layer of the model's blocks is named 'q_porj'; there are q_proj, k_proj, v_proj,"
                + " o_proj, gate_proj, up_proj, down_proj; did you mean 'q_proj'?");
  }

  @Test
  void writesAnAdapterOfTheTargetsThatNamesItsBase() throws IOException {
    Path out = folder.resolve("out");
    try (RecoverJob job =
        new RecoverJob(
            model,
            tuning("q_proj", "v_proj"),
            1,
            Device.cpu(),
            Allowance.of(WeightPlacement.AUTO),
            line -> {})) {
      job.writeAdapter(
          out,
          DemoModel.NAME,
          new CommandProvenance("secateur recover demo", DemoModel.NAME)
              .with("seed", 1)
              .with("data", CommandProvenance.data("wordnet")));
    }
    var config = Json.MAPPER.readTree(out.resolve("adapter_config.json").toFile());
    assertThat(config.get("base_model_name_or_path").asText()).isEqualTo(model.toString());
    assertThat(config.get("target_modules"))
        .map(t -> t.asText())
        .containsExactly("q_proj", "v_proj");
    var provenance = Json.MAPPER.readTree(out.resolve("provenance.json").toFile());
    assertThat(provenance.get("command").asText()).isEqualTo("secateur recover demo");
    assertThat(provenance.at("/base/sha256").asText()).isEqualTo(SourceHashes.model(model));
    assertThat(provenance.at("/base/provenance/seed"))
        .as("the base's own is quoted")
        .isEqualTo(Json.MAPPER.readTree(model.resolve("provenance.json").toFile()).get("seed"));
    assertThat(provenance.get("seed").asInt()).isEqualTo(1);
    assertThat(provenance.at("/data/sha256").asText()).isEqualTo("wordnet-3.1");
    assertThat(provenance.at("/machine/device").asText()).isEqualTo("cpu");
    assertThat(provenance.at("/machine/host").asText()).isNotEmpty();
    assertThat(provenance.at("/machine/libtorch").asText()).isNotEmpty();
  }

  @Test
  void anAdapterOfATextModelWithinAnotherNamesNoBase() throws IOException {
    Path file = model.resolve("config.json");
    Files.writeString(
        file,
        Json.MAPPER
            .createObjectNode()
            .put("model_type", "llava")
            .<ObjectNode>set("text_config", Json.MAPPER.readTree(file.toFile()))
            .toString());
    Path out = folder.resolve("out");
    List<String> told = new ArrayList<>();
    try (RecoverJob job =
        new RecoverJob(
            model,
            tuning("q_proj"),
            1,
            Device.cpu(),
            Allowance.of(WeightPlacement.AUTO),
            told::add)) {
      job.writeAdapter(
          out, model.toString(), new CommandProvenance("secateur recover", model.toString()));
    }
    assertThat(Json.MAPPER.readTree(out.resolve("adapter_config.json").toFile()))
        .noneMatch(value -> value.asText().equals(model.toString()));
    assertThat(told)
        .contains("'llava' is read as its text model, 'llama'; its vision parts are left out")
        .anyMatch(line -> line.startsWith("the adapter names no base"));
  }

  /** As libtorch says it, amid a step; the last save was before. */
  @Test
  void goesOnWithLessWhenMemoryRunsOut() throws IOException {
    Tuning tuning = tuning("q_proj", "v_proj");
    List<String> told = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger(2);
    Trainer.Result halved = train(tuning, told, failures);
    assertThat(told)
        .containsSubsequence(
            "loading " + model + ", weights resident in float32",
            "out of memory; retrying with micro-batch 1",
            "out of memory; retrying with less",
            "loading " + model + ", weights streamed");
    Trainer.Result whole = train(tuning, new ArrayList<>(), new AtomicInteger());
    assertThat(halved.loss()).isCloseTo(whole.loss(), within(1e-5));
  }

  @Test
  void saysWhatTakesTheMemoryWhenNothingTakesLess() {
    assertThatThrownBy(
            () -> train(tuning("q_proj"), new ArrayList<>(), new AtomicInteger(Integer.MAX_VALUE)))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageContaining(model + " of ")
        .hasMessageContaining(" parameters, weights streamed");
  }

  private Trainer.Result train(Tuning tuning, List<String> told, AtomicInteger failures)
      throws IOException {
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void noticed(TrainingNotices notices) {}

          @Override
          public void stepDone(Trainer.Step step) {
            if (failures.getAndDecrement() > 0) {
              throw new EngineException("DefaultCPUAllocator: can't allocate memory");
            }
          }
        };
    try (RecoverJob job =
        new RecoverJob(
            model, tuning, 1, Device.cpu(), Allowance.of(WeightPlacement.RESIDENT), told::add)) {
      Path text = Files.writeString(folder.resolve("text.txt"), "a tree bears leaves\n".repeat(99));
      return job.train(text.toString(), folder.resolve("state"), 50, listener);
    }
  }

  @Test
  void evaluatesWithAnAdapterOnlyIfItIsOne() throws IOException {
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"IA3\"}");
    var protocol = new Perplexity.Protocol(32, 32, 1, PerplexityBegin.START);
    try (EvaluateJob job =
        new EvaluateJob(
            model,
            Optional.of(folder),
            Device::cpu,
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      assertThatThrownBy(() -> job.perplexity("wordnet", protocol, (done, all) -> {}))
          .isInstanceOf(InputException.class)
          .hasMessage(
              folder.resolve("adapter_config.json")
                  + ": 'peft_type' is \"IA3\"; \"LORA\" is supported");
    }
  }

  private static Tuning tuning(String... targets) {
    return Settings.read(
        Tuning.class,
        """
        {template: 'plain', targets: ['%s'], budget: {steps: 1, epochs: 1, batch: 2, microBatch: 2},
         learningRate: 1e-3, schedule: 'constant', rank: 2, alpha: 4, cutoff: 32, precision: 'float32'}
        """,
        String.join("', '", targets));
  }
}
