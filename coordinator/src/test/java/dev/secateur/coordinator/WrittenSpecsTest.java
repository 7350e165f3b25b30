package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.Tuning;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How the cases of specifications are written: keys are hashes of it, and journals have it. */
class WrittenSpecsTest {
  private static final StageKey PROFILE = new StageKey("profile");
  private static final Samples SAMPLES = Samples.none(7);
  private static final String WRITTEN_SAMPLES = written(SAMPLES);

  private static String written(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a specification reads as if a property is left out that is written as null. */
  private static StageSpec without(StageSpec spec, String parent, String property)
      throws IOException {
    ObjectNode tree = (ObjectNode) Json.MAPPER.readTree(written(spec));
    ObjectNode of = parent.isEmpty() ? tree : (ObjectNode) tree.at(parent);
    assertThat(of.get(property).isNull()).as(property + " in " + of).isTrue();
    of.remove(property);
    return Json.MAPPER.readValue(tree.toString(), StageSpec.class);
  }

  private static <S extends StageSpec> S planned(StageKind kind, Class<S> type) {
    return JournalSamples.plan().stages().stream()
        .filter(stage -> stage.kind() == kind)
        .map(Stage::spec)
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }

  static Stream<List<Object>> selections() {
    StageKey timing = new StageKey("timing");
    return Stream.of(
        List.of(new Selection.AtOnce(), "\"samples\":null"),
        List.of(
            new Selection.Stepwise(SAMPLES, Precision.FLOAT32), "\"samples\":" + WRITTEN_SAMPLES),
        List.of(
            new Selection.Stepwise(SAMPLES, Precision.BFLOAT16),
            "\"samples\":" + WRITTEN_SAMPLES + ",\"precision\":\"bfloat16\""),
        List.of(new Selection.ByProfile(PROFILE), "\"samples\":null,\"profile\":\"profile\""),
        List.of(
            new Selection.ByLatency(PROFILE, timing),
            "\"samples\":null,\"profile\":\"profile\",\"timing\":\"timing\""),
        List.of(
            new Selection.PlainClimbing(SAMPLES, PROFILE),
            "\"samples\":" + WRITTEN_SAMPLES + ",\"profile\":\"profile\""),
        List.of(
            new Selection.CompensatedClimbing(SAMPLES, PROFILE, Ridge.RULE),
            "\"samples\":"
                + WRITTEN_SAMPLES
                + ",\"profile\":\"profile\",\"ridge\":"
                + written(Ridge.RULE)));
  }

  @ParameterizedTest
  @MethodSource("selections")
  void aPruningWritesItsSelectionLast(List<Object> selection) throws IOException {
    PruningSpec planned = planned(StageKind.PRUNING, PruningSpec.class);
    PruningSpec spec =
        new PruningSpec(
            planned.model(), planned.basis(), planned.point(), (Selection) selection.get(0));
    assertThat(written(spec)).endsWith("}," + selection.get(1) + "}");
    assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
  }

  @Test
  void aPruningWithoutSamplesNeedNotSaySo() throws IOException {
    PruningSpec planned = planned(StageKind.PRUNING, PruningSpec.class);
    PruningSpec spec =
        new PruningSpec(
            planned.model(), new PruningSpec.Dense(), planned.point(), new Selection.AtOnce());
    assertThat(without(spec, "", "samples")).isEqualTo(spec);
  }

  @Test
  void anEvaluationWritesNullWhereItMeasuresNothing() throws IOException {
    EvaluationSpec whole = planned(StageKind.EVALUATION, EvaluationSpec.class);
    EvaluationSpec bare = whole.ofText(whole.text(), 8, 8);
    assertThat(
            List.of(bare.readyTasks().source(), bare.speed().protocol(), bare.texts().generation()))
        .allMatch(Optional::isEmpty);
    assertThat(written(bare))
        .contains("\"tasks\":null,\"choiceTasks\":[]")
        .contains("\"latency\":null,\"generation\":null,\"beginToken\"");
    for (EvaluationSpec spec : List.of(bare, whole)) {
      assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
    }
    for (String property : List.of("tasks", "latency", "generation")) {
      assertThat(without(bare, "", property)).isEqualTo(bare);
    }
    assertThat(written(whole))
        .contains(
            "\"tasks\":"
                + written(whole.readyTasks().source().orElseThrow())
                + ",\"choiceTasks\":[{")
        .contains(
            "\"latency\":"
                + written(whole.speed().protocol().orElseThrow())
                + ",\"generation\":"
                + written(whole.texts().generation().orElseThrow())
                + ",");
  }

  static Stream<List<Object>> exports() {
    StageKey recipe = new StageKey("recipe");
    Subject.Exportable pruned = new Subject.Pruned(recipe);
    Subject.Exportable recovered = new Subject.Recovered(recipe, new StageKey("adapter"));
    Export.Files both = new Export.CheckpointAndGguf(GgufWeights.Q8_0);
    return Stream.of(
        List.of(pruned, new Export.Checkpoint(), "\"adapter\":null"),
        List.of(pruned, both, "\"adapter\":null,\"gguf\":\"q8_0\""),
        List.of(recovered, new Export.Checkpoint(), "\"adapter\":\"adapter\""),
        List.of(recovered, both, "\"adapter\":\"adapter\",\"gguf\":\"q8_0\""));
  }

  @ParameterizedTest
  @MethodSource("exports")
  void anExportWritesItsRecipeAndAdapterAndAGgufFile(List<Object> export) throws IOException {
    ExportSpec planned = planned(StageKind.EXPORT, ExportSpec.class);
    ExportSpec spec =
        new ExportSpec(
            planned.model(), (Subject.Exportable) export.get(0), (Export.Files) export.get(1));
    assertThat(written(spec))
        .isEqualTo(
            "{\"kind\":\"export\",\"model\":"
                + written(planned.model())
                + ",\"recipe\":\"recipe\","
                + export.get(2)
                + "}");
    assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
    if (spec.subject() instanceof Subject.Pruned) {
      assertThat(without(spec, "", "adapter")).isEqualTo(spec);
    }
  }

  private static RecoverySpec recovery(Tuning.Length length, Tuning.Validation validation) {
    return recovery(length, validation, 0, 0);
  }

  /** The planned recovery, but for these. */
  private static RecoverySpec recovery(
      Tuning.Length length, Tuning.Validation validation, int rows, int keepEvery) {
    RecoverySpec spec = planned(StageKind.RECOVERY, RecoverySpec.class);
    Tuning from = spec.tuning();
    Tuning tuning =
        new Tuning(
            from.template(),
            from.trainOnInputs(),
            from.targets(),
            new Tuning.TrainingBudget(length, 16, 4),
            from.learningRate(),
            from.warmup(),
            from.schedule(),
            from.weightDecay(),
            from.rank(),
            from.alpha(),
            from.dropout(),
            from.cutoff(),
            validation,
            from.checkpointing(),
            from.precision(),
            rows,
            keepEvery);
    return new RecoverySpec(spec.model(), spec.recipe(), spec.data(), tuning, spec.seed());
  }

  @Test
  void aTrainingWritesItsLengthAsStepsAndEpochs() throws IOException {
    RecoverySpec epochs = recovery(new Tuning.Epochs(3), new Tuning.Unvalidated());
    RecoverySpec steps = recovery(new Tuning.Steps(60, 2), new Tuning.Unvalidated());
    assertThat(written(epochs))
        .contains("\"budget\":{\"steps\":null,\"epochs\":3.0,\"batch\":16,\"microBatch\":4}");
    assertThat(written(steps))
        .contains("\"budget\":{\"steps\":60,\"epochs\":2.0,\"batch\":16,\"microBatch\":4}");
    for (RecoverySpec spec : List.of(epochs, steps)) {
      assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
    }
    assertThat(without(epochs, "/tuning/budget", "steps")).isEqualTo(epochs);
  }

  @Test
  void aTrainingWritesWhatIsHeldOutAndNullForNothing() throws IOException {
    RecoverySpec none = recovery(new Tuning.Epochs(3), new Tuning.Unvalidated());
    RecoverySpec whole = recovery(new Tuning.Epochs(3), new Tuning.Validated(5, 10));
    RecoverySpec early = recovery(new Tuning.Epochs(3), new Tuning.EarlyStopping(5, 10, 2));
    assertThat(List.of(written(none), written(whole), written(early)))
        .extracting(text -> text.replaceAll(".*\"validation\":(.*),\"checkpointing\".*", "$1"))
        .containsExactly(
            "null",
            "{\"rows\":5,\"every\":10,\"patience\":null}",
            "{\"rows\":5,\"every\":10,\"patience\":2}");
    for (RecoverySpec spec : List.of(none, whole, early)) {
      assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
    }
    assertThat(without(none, "/tuning", "validation")).isEqualTo(none);
    assertThat(without(whole, "/tuning/validation", "patience")).isEqualTo(whole);
  }

  @Test
  void aTrainingWritesItsRowsAndCopiesOnlyWhereThereAreAny() throws IOException {
    RecoverySpec plain = recovery(new Tuning.Steps(60, 2), new Tuning.Unvalidated());
    assertThat(written(plain)).doesNotContain("\"rows\"", "keepEvery").endsWith("\"},\"seed\":42}");
    RecoverySpec both = recovery(new Tuning.Steps(60, 2), new Tuning.Unvalidated(), 100, 7);
    assertThat(written(both)).contains(",\"rows\":100,\"keepEvery\":7}");
    for (RecoverySpec spec : List.of(plain, both)) {
      assertThat(Json.MAPPER.readValue(written(spec), StageSpec.class)).isEqualTo(spec);
    }
    String nulls =
        written(both)
            .replace("\"rows\":100", "\"rows\":null")
            .replace("\"keepEvery\":7", "\"keepEvery\":null");
    assertThat(nulls).contains(",\"rows\":null,\"keepEvery\":null}");
    assertThat(Json.MAPPER.readValue(nulls, StageSpec.class)).isEqualTo(plain);
  }
}
