package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The complete specification of a stage: a worker needs nothing else but the artifacts of the
 * stages that it names.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = DiscoverySpec.class, name = "discovery"),
  @JsonSubTypes.Type(value = EstimationSpec.class, name = "estimation"),
  @JsonSubTypes.Type(value = ProfileSpec.class, name = "profile"),
  @JsonSubTypes.Type(value = PruningSpec.class, name = "pruning"),
  @JsonSubTypes.Type(value = RecoverySpec.class, name = "recovery"),
  @JsonSubTypes.Type(value = TrainingSpec.class, name = "training"),
  @JsonSubTypes.Type(value = EvaluationSpec.class, name = "evaluation"),
  @JsonSubTypes.Type(value = ExportSpec.class, name = "export"),
  @JsonSubTypes.Type(value = ImportSpec.class, name = "import"),
  @JsonSubTypes.Type(value = CompensationSpec.class, name = "compensation"),
  @JsonSubTypes.Type(value = TimingSpec.class, name = "timing")
})
public sealed interface StageSpec
    permits DiscoverySpec,
        EstimationSpec,
        ProfileSpec,
        TimingSpec,
        PruningSpec,
        RecoverySpec,
        TrainingSpec,
        EvaluationSpec,
        ExportSpec,
        ImportSpec,
        CompensationSpec {
  /** What a stage does; its label is the name of its record in JSON. */
  enum StageKind implements Labelled {
    DISCOVERY,
    ESTIMATION,
    PRUNING,
    RECOVERY,
    /** A model of the pruned shape from random weights. */
    TRAINING,
    EVALUATION,
    EXPORT,
    /** Scores or a recipe from elsewhere. */
    IMPORT,
    /** Output matrices refitted to a recipe. */
    COMPENSATION,
    /** What taking more and more out of each structure costs. */
    PROFILE,
    /** How long each structure takes at several widths, on one kind of device. */
    TIMING
  }

  StageKind kind();

  /** The base checkpoint. */
  ModelRef model();

  /** The same with the stages that it names under other keys. */
  StageSpec under(UnaryOperator<StageKey> keys);

  /** The stages whose artifacts it reads: those that it names. */
  default List<StageKey> inputs() {
    List<StageKey> inputs = new ArrayList<>();
    under(
        key -> {
          inputs.add(key);
          return key;
        });
    return List.copyOf(inputs);
  }

  /** The arithmetic that its device must have; every device has float32. */
  default Precision precision() {
    return Precision.FLOAT32;
  }

  /** The device that it must run on, as {@link Capabilities#isOn} reads it; empty for any. */
  default Optional<String> device() {
    return Optional.empty();
  }
}
