package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.table.Column.Better;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** All measures: those of every evaluation, those of tasks, and all other measured values. */
public final class Measures {
  public static final Measure PARAMETERS = size("parameters", "params", "parameters");
  public static final Measure MACS = size("macs", "MACs", "macs");

  /** Bytes of weights and tables in half precision. */
  public static final Measure MEMORY = size("memory", "memory", "memory_bytes");

  public static final Measure PERPLEXITY = of("perplexity", "ppl", "perplexity", Better.LOWER);

  public static final Measure AVERAGE =
      new Measure("average", "average", Better.HIGHER, false, false, Tasks::average);

  private static final String BITS = "bits_per_byte";

  /** Seconds of a forward pass. */
  public static final Measure LATENCY = of("latency", "latency", "forward_seconds", Better.LOWER);

  /** Seconds of a forward pass as target latency predicts them. */
  static final Measure PREDICTED_LATENCY =
      predicted("predicted_latency", "predicted latency", "predicted_seconds", false);

  /** The mean over tasks as the evaluation made it. */
  private static final Measure ACCURACY = of("accuracy", "acc", "accuracy", Better.HIGHER);

  private static final List<Measure> FIXED =
      List.of(
          PARAMETERS,
          MACS,
          MEMORY,
          size("activations", "activations", "activation_bytes"),
          PERPLEXITY,
          of(BITS, "bits/byte", BITS, Better.LOWER),
          AVERAGE,
          ACCURACY,
          LATENCY,
          PREDICTED_LATENCY,
          predicted("weight_bytes", "weight bytes", "weight_bytes", true),
          of("token_latency", "token latency", "token_seconds", Better.LOWER),
          ofTraining("loss", "loss", false),
          ofTraining("validation_loss", "validation loss", false),
          ofTraining("steps", "tuning steps", true));

  private Measures() {}

  private static Measure size(String name, String title, String metric) {
    return predicted(name, title, metric, true);
  }

  private static Measure predicted(String name, String title, String metric, boolean count) {
    return new Measure(
        name,
        title,
        Better.NEITHER,
        count,
        true,
        (tasks, trial, model) ->
            trial
                .metric("pruning", metric + (model == Evaluated.BEFORE ? "_before" : "_after"))
                .map(Measured.Exact::new));
  }

  private static Measure of(String name, String title, String metric, Better better) {
    return new Measure(
        name,
        title,
        better,
        false,
        false,
        (tasks, trial, model) -> trial.metric(model.label(), metric).map(Measured.Exact::new));
  }

  private static Measure ofTraining(String metric, String title, boolean count) {
    return new Measure(
        count ? "tuning_steps" : metric,
        title,
        count ? Better.NEITHER : Better.LOWER,
        count,
        false,
        (tasks, trial, model) ->
            model.training().flatMap(role -> trial.metric(role, metric)).map(Measured.Exact::new));
  }

  /** What counts of a task. */
  public static Measure task(String task) {
    return new Measure(
        task,
        task,
        Better.HIGHER,
        false,
        false,
        (tasks, trial, model) -> tasks.accuracy(trial, model, task));
  }

  private static Measure task(String task, String which) {
    return new Measure(
        task + "." + which,
        task + " " + which,
        Better.HIGHER,
        false,
        false,
        (tasks, trial, model) -> tasks.accuracy(trial, model, task, which));
  }

  /** What any of the trials' models has and has a name here or a task's, in the order of tables. */
  public static List<Measure> named(Collection<TrialResult> trials) {
    List<Measure> all = new ArrayList<>(FIXED);
    all.remove(ACCURACY); // which the average says by its rule
    for (String task : Tasks.asked(trials)) {
      all.add(task(task));
      all.add(task(task, "acc"));
      all.add(task(task, "acc_norm"));
    }
    all.addAll(texts(trials));
    return all.stream()
        .filter(measure -> trials.stream().anyMatch(trial -> has(measure, Tasks.BUILT_IN, trial)))
        .toList();
  }

  /** What is measured of further texts. */
  private static List<Measure> texts(Collection<TrialResult> trials) {
    SortedSet<String> names = new TreeSet<>();
    trials.forEach(trial -> trial.metrics().values().forEach(of -> names.addAll(of.keySet())));
    names.removeIf(name -> !name.matches("(perplexity|" + BITS + ")\\..+"));
    return names.stream()
        .map(
            name ->
                of(
                    name,
                    name.replaceFirst("^perplexity\\.", "ppl ")
                        .replaceFirst("^" + BITS + "\\.", "bits/byte "),
                    name,
                    Better.LOWER))
        .toList();
  }

  /** Those, and everything else that evaluations measured, by the metric's name. */
  public static List<Measure> known(Collection<TrialResult> trials) {
    List<Measure> known = new ArrayList<>(named(trials));
    SortedSet<String> others = new TreeSet<>();
    for (TrialResult trial : trials) {
      for (Evaluated model : Evaluated.values()) {
        others.addAll(trial.metrics().getOrDefault(model.label(), Map.of()).keySet());
      }
    }
    List<String> tasks = Tasks.asked(trials);
    others.removeIf(name -> tasks.stream().anyMatch(task -> name.startsWith(task + ".")));
    others.removeAll(List.of("perplexity", BITS, "accuracy", "forward_seconds", "token_seconds"));
    texts(trials).forEach(text -> others.remove(text.name()));
    others.forEach(name -> known.add(of(name, name, name, Better.NEITHER)));
    return known;
  }

  private static boolean has(Measure measure, Tasks tasks, TrialResult trial) {
    for (Evaluated model : Evaluated.values()) {
      if (measure.of(tasks, trial, model).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** One of them by its name, or a share ({@code macs_share}); also of none that is known yet. */
  public static Optional<Measure> find(String name, Collection<TrialResult> trials) {
    String plain =
        name.replaceFirst("^ppl(?=$|_share$)", "perplexity")
            .replaceFirst("^params(?=$|_share$)", "parameters")
            .replaceFirst("^acc(?=$|_share$)", "accuracy");
    List<Measure> all = new ArrayList<>(FIXED);
    all.addAll(known(trials));
    Optional<Measure> found = all.stream().filter(m -> m.name().equals(plain)).findFirst();
    return found.isPresent() || !plain.endsWith("_share")
        ? found
        : find(plain.substring(0, plain.length() - "_share".length()), trials).map(Measure::share);
  }
}
