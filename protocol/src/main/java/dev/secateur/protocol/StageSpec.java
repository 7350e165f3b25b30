package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a stage has to do, whole: a worker needs nothing else but the artifacts of the stages that
 * it names.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = StageSpec.Discovery.class, name = "discovery"),
  @JsonSubTypes.Type(value = StageSpec.Estimation.class, name = "estimation"),
  @JsonSubTypes.Type(value = StageSpec.Profile.class, name = "profile"),
  @JsonSubTypes.Type(value = StageSpec.Pruning.class, name = "pruning"),
  @JsonSubTypes.Type(value = StageSpec.Recovery.class, name = "recovery"),
  @JsonSubTypes.Type(value = StageSpec.Training.class, name = "training"),
  @JsonSubTypes.Type(value = StageSpec.Evaluation.class, name = "evaluation"),
  @JsonSubTypes.Type(value = StageSpec.Export.class, name = "export"),
  @JsonSubTypes.Type(value = StageSpec.Import.class, name = "import"),
  @JsonSubTypes.Type(value = StageSpec.Compensation.class, name = "compensation"),
  @JsonSubTypes.Type(value = StageSpec.Timing.class, name = "timing")
})
public sealed interface StageSpec {
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

  /** The arithmetic that its device must have; any will do where absent. */
  default Optional<Precision> precision() {
    return Optional.empty();
  }

  /** The device that it must run on, as {@link Capabilities#isOn} reads it; any where absent. */
  default Optional<String> device() {
    return Optional.empty();
  }

  /** Finds the coupled structures. */
  record Discovery(ModelRef model) implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.DISCOVERY;
    }

    @Override
    public Discovery under(UnaryOperator<StageKey> keys) {
      return this;
    }
  }

  /**
   * Scores the members of the structures that the strategy may prune, by all of the criteria; or a
   * part of that work, which another estimation merges.
   *
   * @param attention the blocks whose heads may go; of the layer strategy, the blocks that may go
   * @param mlp the blocks whose MLP channels may go
   * @param criteria of one family
   * @param part which part of the samples, or of the units, is measured
   * @param parts the number of parts; one for all of it
   * @param merged the parts that are merged, in their order; nothing is measured then
   * @param precision computed in, where that is not float32; part of the key only then
   */
  record Estimation(
      ModelRef model,
      StageKey discovery,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      List<Criterion> criteria,
      Samples samples,
      int part,
      int parts,
      List<StageKey> merged,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
      implements StageSpec {
    /** One that does a part. */
    public Estimation(
        ModelRef model,
        StageKey discovery,
        Strategy strategy,
        LayerSpan attention,
        LayerSpan mlp,
        List<Criterion> criteria,
        Samples samples,
        StagePart part,
        Optional<Precision> precision) {
      this(
          model,
          discovery,
          strategy,
          attention,
          mlp,
          criteria,
          samples,
          part.index(),
          part.parts(),
          part.measured(),
          precision);
    }

    /** What it does: it measures a part, or merges parts. */
    public StagePart share() {
      return StagePart.of(part, parts, merged);
    }

    @Override
    public StageKind kind() {
      return StageKind.ESTIMATION;
    }

    @Override
    public Estimation under(UnaryOperator<StageKey> keys) {
      return new Estimation(
          model,
          keys.apply(discovery),
          strategy,
          attention,
          mlp,
          criteria,
          samples,
          part,
          parts,
          merged.stream().map(keys).toList(),
          precision);
    }
  }

  /**
   * Measures what it costs to take more and more units out of each structure, in the order of its
   * scores; or a part of that work, which another profile merges.
   *
   * @param estimation the scores
   * @param attention as of the estimation
   * @param mlp likewise
   * @param criterion whose scores give the order
   * @param samples what is measured on
   * @param part which part of the structures is measured
   * @param parts the number of parts; one for all of them
   * @param merged the parts that are merged, in their order; nothing is measured then
   * @param precision computed in, where that is not float32; part of the key only then
   */
  record Profile(
      ModelRef model,
      StageKey discovery,
      StageKey estimation,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      Criterion criterion,
      Aggregation aggregation,
      Samples samples,
      int part,
      int parts,
      List<StageKey> merged,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
      implements StageSpec {
    /** One that does a part. */
    public Profile(
        ModelRef model,
        StageKey discovery,
        StageKey estimation,
        Strategy strategy,
        LayerSpan attention,
        LayerSpan mlp,
        Criterion criterion,
        Aggregation aggregation,
        Samples samples,
        StagePart part,
        Optional<Precision> precision) {
      this(
          model,
          discovery,
          estimation,
          strategy,
          attention,
          mlp,
          criterion,
          aggregation,
          samples,
          part.index(),
          part.parts(),
          part.measured(),
          precision);
    }

    /** What it does: it measures a part, or merges parts. */
    public StagePart share() {
      return StagePart.of(part, parts, merged);
    }

    @Override
    public StageKind kind() {
      return StageKind.PROFILE;
    }

    @Override
    public Profile under(UnaryOperator<StageKey> keys) {
      return new Profile(
          model,
          keys.apply(discovery),
          keys.apply(estimation),
          strategy,
          attention,
          mlp,
          criterion,
          aggregation,
          samples,
          part,
          parts,
          merged.stream().map(keys).toList(),
          precision);
    }
  }

  /**
   * Measures how long each structure takes at several widths. What is found is true of one device,
   * so that its name is part of the key.
   *
   * @param attention the blocks whose heads may go
   * @param mlp the blocks whose MLP channels may go
   * @param on the device: {@code cpu}, {@code gpu}, or a part of its maker's name
   * @param protocol how a pass is measured; nothing is generated
   * @param precision computed in, where that is not float32; part of the key only then
   */
  record Timing(
      ModelRef model,
      StageKey discovery,
      Strategy strategy,
      LayerSpan attention,
      LayerSpan mlp,
      String on,
      LatencyProtocol protocol,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
      implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.TIMING;
    }

    @Override
    public Optional<String> device() {
      return Optional.of(on);
    }

    @Override
    public Timing under(UnaryOperator<StageKey> keys) {
      return new Timing(
          model, keys.apply(discovery), strategy, attention, mlp, on, protocol, precision);
    }
  }

  /**
   * Aggregates stored scores, ranks units and writes the recipe.
   *
   * @param discovery absent where nothing is pruned: the ratio is 0
   * @param estimation likewise
   * @param samples what scores are estimated from anew, where there is more than one step, and what
   *     climbing measures on
   * @param precision that this computes in, where it is not float32; part of the key only then
   * @param profile of scope measured; part of the key only there
   * @param timing of target latency; part of the key only there
   * @param ridge of the compensation that climbing measures moves with; part of the key only there
   */
  record Pruning(
      ModelRef model,
      Optional<StageKey> discovery,
      Optional<StageKey> estimation,
      Point point,
      Optional<Samples> samples,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<StageKey> profile,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<StageKey> timing,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Ridge> ridge)
      implements StageSpec {
    public Pruning {
      profile = profile == null ? Optional.empty() : profile; // of plans that know none
      timing = timing == null ? Optional.empty() : timing;
      ridge = ridge == null ? Optional.empty() : ridge;
    }

    /** One that no timing says anything to, and that does not climb with a compensation. */
    public Pruning(
        ModelRef model,
        Optional<StageKey> discovery,
        Optional<StageKey> estimation,
        Point point,
        Optional<Samples> samples,
        Optional<Precision> precision,
        Optional<StageKey> profile) {
      this(
          model,
          discovery,
          estimation,
          point,
          samples,
          precision,
          profile,
          Optional.empty(),
          Optional.empty());
    }

    @Override
    public StageKind kind() {
      return StageKind.PRUNING;
    }

    @Override
    public Pruning under(UnaryOperator<StageKey> keys) {
      return new Pruning(
          model,
          discovery.map(keys),
          estimation.map(keys),
          point,
          samples,
          precision,
          profile.map(keys),
          timing.map(keys),
          ridge);
    }
  }

  /** Trains a LoRA adapter on the pruned model. */
  record Recovery(ModelRef model, StageKey recipe, TextRef data, Tuning tuning, long seed)
      implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.RECOVERY;
    }

    @Override
    public Optional<Precision> precision() {
      return Optional.of(tuning.precision());
    }

    @Override
    public Recovery under(UnaryOperator<StageKey> keys) {
      return new Recovery(model, keys.apply(recipe), data, tuning, seed);
    }
  }

  /**
   * Trains a model of the pruned model's shape from random weights, on the data and the budget of a
   * recovery: what pruning is worth shows against it.
   *
   * @param tuning of the recovery; its adapter settings count nothing
   * @param learningRate the peak
   */
  record Training(
      ModelRef model,
      StageKey recipe,
      TextRef data,
      Tuning tuning,
      double learningRate,
      double weightDecay,
      long seed)
      implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.TRAINING;
    }

    @Override
    public Training under(UnaryOperator<StageKey> keys) {
      return new Training(model, keys.apply(recipe), data, tuning, learningRate, weightDecay, seed);
    }
  }

  /**
   * Perplexity, accuracy on multiple-choice tasks, speed and texts of a model.
   *
   * @param tasks a folder of tasks, or the built-in one
   * @param choiceTasks tasks that the sweep declares
   * @param questions the most of a task
   * @param beginToken of the tasks' questions; stages planned before there was a choice name none
   *     and had none
   * @param perplexityBegin of the text; stages planned before there was a choice name none and had
   *     it at the start
   * @param precision computed in, where that is not float32; part of the key only then
   */
  record Evaluation(
      ModelRef model,
      Subject subject,
      TextRef text,
      int window,
      int windows,
      Optional<TextRef> tasks,
      List<ChoiceTask> choiceTasks,
      int questions,
      Optional<LatencyProtocol> latency,
      Optional<Generation> generation,
      BeginToken beginToken,
      PerplexityBegin perplexityBegin,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Precision> precision)
      implements StageSpec {
    public Evaluation {
      beginToken = beginToken == null ? BeginToken.NEVER : beginToken;
      perplexityBegin = perplexityBegin == null ? PerplexityBegin.START : perplexityBegin;
    }

    @Override
    public StageKind kind() {
      return StageKind.EVALUATION;
    }

    @Override
    public Evaluation under(UnaryOperator<StageKey> keys) {
      return of(model, subject.under(keys));
    }

    /** The same of another model. */
    public Evaluation of(ModelRef otherModel, Subject otherSubject) {
      return new Evaluation(
          otherModel,
          otherSubject,
          text,
          window,
          windows,
          tasks,
          choiceTasks,
          questions,
          latency,
          generation,
          beginToken,
          perplexityBegin,
          precision);
    }

    /** The same without what only the last of a row of models is asked: speed and texts. */
    public Evaluation onTheWay() {
      return new Evaluation(
          model,
          subject,
          text,
          window,
          windows,
          tasks,
          choiceTasks,
          questions,
          Optional.empty(),
          Optional.empty(),
          beginToken,
          perplexityBegin,
          precision);
    }

    /** Only the perplexity of another text. */
    public Evaluation ofText(TextRef otherText, int otherWindow, int otherWindows) {
      return new Evaluation(
          model,
          subject,
          otherText,
          otherWindow,
          otherWindows,
          Optional.empty(),
          List.of(),
          Integer.MAX_VALUE,
          Optional.empty(),
          Optional.empty(),
          BeginToken.NEVER,
          perplexityBegin,
          precision);
    }

    /** Whether there are tasks. */
    public boolean hasTasks() {
      return tasks.isPresent() || !choiceTasks.isEmpty();
    }
  }

  /**
   * Which model of a trial: the base where there is no recipe, else the pruned one, with its
   * adapter where there is one, or one trained from random weights in its shape.
   *
   * @param step of the adapter's training after which it is taken; its end where absent, which is
   *     no part of the key then
   */
  record Subject(
      Optional<StageKey> recipe,
      Optional<StageKey> adapter,
      Optional<StageKey> trained,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> step) {
    public static Subject base() {
      return of(Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Subject of(
        Optional<StageKey> recipe, Optional<StageKey> adapter, Optional<StageKey> trained) {
      return new Subject(recipe, adapter, trained, Optional.empty());
    }

    public static Subject pruned(StageKey recipe) {
      return of(Optional.of(recipe), Optional.empty(), Optional.empty());
    }

    public static Subject recovered(StageKey recipe, StageKey adapter) {
      return of(Optional.of(recipe), Optional.of(adapter), Optional.empty());
    }

    public static Subject trained(StageKey recipe, StageKey trained) {
      return of(Optional.of(recipe), Optional.empty(), Optional.of(trained));
    }

    Subject under(UnaryOperator<StageKey> keys) {
      return new Subject(recipe.map(keys), adapter.map(keys), trained.map(keys), step);
    }

    /** The same with the adapter as it was after a step of its training. */
    public Subject after(int steps) {
      return new Subject(recipe, adapter, trained, Optional.of(steps));
    }
  }

  /**
   * Writes the pruned model, with its adapter merged where it has one, as a checkpoint.
   *
   * @param gguf what matrices are in the GGUF file beside it; absent for no such file, and part of
   *     the key only where there is one
   */
  record Export(
      ModelRef model,
      StageKey recipe,
      Optional<StageKey> adapter,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<GgufWeights> gguf)
      implements StageSpec {
    /** A checkpoint alone. */
    public Export(ModelRef model, StageKey recipe, Optional<StageKey> adapter) {
      this(model, recipe, adapter, Optional.empty());
    }

    @Override
    public StageKind kind() {
      return StageKind.EXPORT;
    }

    @Override
    public Export under(UnaryOperator<StageKey> keys) {
      return new Export(model, keys.apply(recipe), adapter.map(keys), gguf);
    }
  }

  /**
   * Checks scores or a recipe from elsewhere against the model, and keeps them as an estimation or
   * a pruning would have.
   *
   * @param file of scores, or of a recipe
   * @param scores what the scores are stored as; absent where the file is a recipe
   */
  record Import(ModelRef model, TextRef file, Optional<Criterion> scores) implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.IMPORT;
    }

    @Override
    public Import under(UnaryOperator<StageKey> keys) {
      return this;
    }
  }

  /**
   * Refits what the pruned model writes to the residual stream. Its artifact has the recipe beside
   * the refitted matrices, so that whoever reads a recipe can read it in its place.
   *
   * @param recipe of the pruned model
   * @param samples that it is fitted on
   * @param inner whether inner matrices are refitted too; stages from before there were any name
   *     none
   */
  record Compensation(
      ModelRef model,
      StageKey recipe,
      Samples samples,
      Ridge ridge,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean inner)
      implements StageSpec {
    @Override
    public StageKind kind() {
      return StageKind.COMPENSATION;
    }

    @Override
    public Compensation under(UnaryOperator<StageKey> keys) {
      return new Compensation(model, keys.apply(recipe), samples, ridge, inner);
    }
  }
}
