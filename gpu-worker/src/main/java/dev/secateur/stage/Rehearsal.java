package dev.secateur.stage;

import dev.secateur.compensation.Compensation;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.estimation.GivenScores;
import dev.secateur.estimation.OutputMatrix;
import dev.secateur.evaluation.DeclaredTask;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.TimingSpec;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.Tuning;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.PointPruning;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.Texts;
import dev.secateur.text.Documents;
import dev.secateur.text.Split;
import dev.secateur.text.TextFile;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.RecoveryBatches;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * Checks what the stages of a plan read and remove, without loading weights: samples are drawn,
 * texts and tasks are read, rows are encoded, units are counted, each once. Inputs that would make
 * a stage fail are reported before anything runs.
 */
public final class Rehearsal {
  private final LocalFiles files; // null where shapes alone are looked at
  private final Function<String, RehearsedModel> open;
  private final Map<String, RehearsedModel> bases = new HashMap<>();
  private final Set<Object> seen = new HashSet<>();
  private final Set<String> problems = new LinkedHashSet<>();

  /** What the size of a pruned model depends on. */
  private record Size(String model, Point point) {}

  private Rehearsal(LocalFiles files, Function<String, RehearsedModel> open) {
    this.files = files;
    this.open = open;
  }

  /**
   * Reads files, and encodes texts.
   *
   * @param files what names of the plan mean on this machine
   */
  public static Rehearsed of(SweepPlan plan, LocalFiles files) {
    return new Rehearsal(files, name -> RehearsedModel.open(files.model(name))).of(plan);
  }

  /**
   * Counts units and compares lengths with the positions of models; no text is read.
   *
   * @param decoders by the paths of models
   */
  public static Rehearsed ofShapes(SweepPlan plan, Function<String, Decoder> decoders) {
    return new Rehearsal(null, name -> RehearsedModel.ofShapes(decoders.apply(name))).of(plan);
  }

  private Rehearsed of(SweepPlan plan) {
    plan.stages().stream().map(Stage::spec).forEach(this::look);
    List<PredictedSize> sizes = sizes(plan.trials());
    Map<StageKey, StageSpec> specs = new HashMap<>();
    plan.stages().forEach(stage -> specs.put(stage.key(), stage.spec()));
    plan.trials().forEach(trial -> trial.export().map(specs::get).ifPresent(e -> gguf(trial, e)));
    return new Rehearsed(List.copyOf(problems), sizes, notices());
  }

  /** Of the models that are read as their text models. */
  private List<String> notices() {
    List<String> notices = new ArrayList<>();
    bases.forEach(
        (name, base) -> {
          if (base instanceof RehearsedModel.Stored stored) {
            stored
                .checkpoint()
                .textModel()
                .ifPresent(text -> notices.add("model " + name + ": " + text.line()));
          }
        });
    return notices.stream().sorted().toList();
  }

  private void look(StageSpec spec) {
    if (spec instanceof EstimationSpec estimation) {
      samples(spec.model(), estimation.samples(), estimation.criteria());
      if (estimation.criteria().contains(Criterion.OBS)) {
        outputs(
            "criteria",
            spec.model(),
            estimation.strategy(),
            estimation.attention(),
            estimation.mlp());
      }
    } else if (spec instanceof ProfileSpec profile) {
      samples(spec.model(), profile.samples(), List.of(Criterion.OBS));
      outputs("scopes", spec.model(), profile.strategy(), profile.attention(), profile.mlp());
    } else if (spec instanceof TimingSpec timing) {
      fits("timing.length", timing.protocol().length(), spec.model());
    } else if (spec instanceof PruningSpec pruning) {
      scores(spec.model(), pruning.point());
      pruning
          .samples()
          .ifPresent(again -> samples(spec.model(), again, List.of(pruning.point().criterion())));
    } else if (spec instanceof CompensationSpec compensation) {
      samples(spec.model(), compensation.samples(), List.of(Criterion.OBS));
      attempt(
          "compensation",
          spec.model(),
          () -> Compensation.checkModel(base(spec.model()).decoder()));
    } else if (spec instanceof RecoverySpec recovery) {
      tuning(spec.model(), recovery.data(), recovery.tuning(), recovery.seed());
    } else if (spec instanceof TrainingSpec training) {
      tuning(spec.model(), training.data(), training.tuning(), training.seed());
    } else if (spec instanceof EvaluationSpec evaluation) {
      evaluation(evaluation.of(spec.model(), new Subject.Base()));
    }
  }

  /** Scores from elsewhere, of all that a point may prune. */
  private void scores(ModelRef model, Point point) {
    Optional<String> file = point.criterion().scoresFile();
    if (file.isPresent() && seen.add(List.of(model, PointPruning.ofSize(point), file.get()))) {
      reading(
          "criteria",
          model,
          () -> {
            RehearsedModel base = base(model);
            PointPruning pruning = new PointPruning(base.decoder(), base.structures(), point);
            GivenScores.read(files.text(file.get()).file(), Optional.empty())
                .of(base.structures(), pruning.eligible());
          });
    }
  }

  private void samples(ModelRef model, Samples samples, List<Criterion> criteria) {
    if (criteria.stream().anyMatch(ElementCriteria::needsSamples)
        && seen.add(List.of(model, samples))
        && fits("calibration.length", samples.length(), model)) {
      reading(
          "calibration",
          model,
          () -> CalibrationSamples.draw(samples.of(local(samples.text())), folder(model)));
    }
  }

  /** Whether the units of every structure go into a matrix of their own. */
  private void outputs(
      String key, ModelRef model, Strategy strategy, LayerSpan attention, LayerSpan mlp) {
    attempt(
        key,
        model,
        () -> {
          RehearsedModel base = base(model);
          OutputMatrix.of(
              base.decoder(),
              Eligible.of(base.structures(), strategy, new Eligible.Layers(attention, mlp)));
        });
  }

  private void tuning(ModelRef model, TextRef data, Tuning tuning, long seed) {
    if (seen.add(List.of(model, data, tuning, seed))
        && fits("recovery.cutoff", tuning.cutoff(), model)) {
      encoding(
          "recovery", model, tokenizer -> RecoveryBatches.of(local(data), tokenizer, tuning, seed));
    }
  }

  private void evaluation(EvaluationSpec spec) {
    if (!seen.add(spec)) {
      return;
    }
    ModelRef model = spec.model();
    if (fits("evaluation.window", spec.window(), model)) {
      perplexity(spec);
    }
    spec.choiceTasks()
        .forEach(
            task ->
                reading(
                    "evaluation.choice-tasks",
                    model,
                    () -> DeclaredTask.questions(task, text(task.rows()).file())));
    spec.speed()
        .protocol()
        .filter(
            latency -> fits("evaluation.latency", latency.length() + latency.generated(), model))
        .ifPresent(latency -> latency(spec, latency));
  }

  private void perplexity(EvaluationSpec spec) {
    Perplexity.Protocol protocol =
        new Perplexity.Protocol(
            spec.window(), spec.window(), 1, spec.perplexityBegin()); // one that it fills will do
    encoding(
        "evaluation.text",
        spec.model(),
        tokenizer -> Texts.checkPerplexity(tokenizer, local(spec.text()), protocol));
  }

  private void latency(EvaluationSpec spec, LatencyProtocol latency) {
    encoding(
        "evaluation.latency",
        spec.model(),
        tokenizer ->
            Documents.windows(
                Texts.document(
                    local(spec.text()),
                    Split.TEST,
                    tokenizer,
                    (long) latency.length() * latency.batch()),
                latency.length(),
                latency.batch()));
  }

  /** What reads tokens. */
  @FunctionalInterface
  private interface Encoding {
    void with(Tokenizer tokenizer);
  }

  private void encoding(String key, ModelRef model, Encoding encoding) {
    reading(
        key,
        model,
        () -> {
          try (Tokenizer tokenizer = Tokenizer.open(folder(model))) {
            encoding.with(tokenizer);
          }
        });
  }

  /** Whether llama.cpp computes what is written as GGUF. */
  private void gguf(Trial trial, StageSpec export) {
    boolean asked = export instanceof ExportSpec of && of.files().gguf().isPresent();
    if (asked && seen.add(List.of("gguf", trial.model(), PointPruning.ofSize(trial.point())))) {
      RehearsedModel base = base(trial.model());
      GgufRehearsal rehearsal = new GgufRehearsal(base);
      attempt("export", trial.model(), () -> rehearsal.check(trial.point()));
    }
  }

  /** Reads texts, where they are looked at. */
  private void reading(String key, ModelRef model, Runnable attempt) {
    if (files != null) {
      attempt(key, model, attempt);
    }
  }

  private void attempt(String key, ModelRef model, Runnable attempt) {
    try {
      attempt.run();
    } catch (InputException e) {
      problem(key, model, e.getMessage());
    }
  }

  private void problem(String key, ModelRef model, String what) {
    problems.add("'" + key + "' of model '" + model.name() + "': " + what);
  }

  /**
   * Whether a model has positions for this many tokens: it has as many as it has learned, or any
   * where it computes them, though it may be of no use beyond the length of its training.
   */
  private boolean fits(String key, int tokens, ModelRef model) {
    OptionalInt longest = base(model).decoder().learnedPositions();
    boolean fits = longest.isEmpty() || tokens <= longest.getAsInt();
    if (!fits) {
      problem(
          key,
          model,
          "is " + tokens + ", and the model has positions for " + longest.getAsInt() + " tokens");
    }
    return fits;
  }

  private TextRef local(TextRef text) {
    return text.name().equals(TextRef.WORDNET)
        ? text
        : new TextRef(text(text).toString(), text.sha256());
  }

  private TextFile text(TextRef text) {
    return files.text(text.name());
  }

  private RehearsedModel base(ModelRef model) {
    return bases.computeIfAbsent(model.path(), open);
  }

  /** Of a model, where texts are read. */
  private Path folder(ModelRef model) {
    return ((RehearsedModel.Stored) base(model)).checkpoint().folder();
  }

  private List<PredictedSize> sizes(List<Trial> trials) {
    Map<Size, List<Trial>> alike = new LinkedHashMap<>();
    for (Trial trial : trials) {
      if (trial.point().criterion().isRecipe() || trial.point().target() == Target.LATENCY) {
        continue; // whose sizes stand in the recipe, or are known when times are
      }
      alike
          .computeIfAbsent(
              new Size(trial.model().path(), PointPruning.ofSize(trial.point())),
              size -> new ArrayList<>())
          .add(trial);
    }
    List<PredictedSize> sizes = new ArrayList<>();
    alike.forEach(
        (size, same) ->
            attempt("ratios", same.get(0).model(), () -> sizes.add(predicted(same, size.point()))));
    return sizes;
  }

  private PredictedSize predicted(List<Trial> same, Point point) {
    ModelRef model = same.get(0).model();
    return base(model).predicted(model.name(), point, same.size());
  }
}
