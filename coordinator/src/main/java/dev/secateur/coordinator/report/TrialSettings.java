package dev.secateur.coordinator.report;

import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.Tuning;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The values that a trial has for the configuration's keys that may have several values, by their
 * paths, without keys that none of its stages depends on.
 */
public final class TrialSettings {
  public static final String SEED = "seed";
  private static final String RECOVERY = "recovery";
  private static final String COMPENSATION = "compensation";

  /** Those that make other trials, not repetitions; with their titles in tables. */
  private static final Map<String, String> TITLES = new LinkedHashMap<>();

  static {
    TITLES.put("calibration.text", "text");
    TITLES.put("calibration.sampling", "sampling");
    TITLES.put("calibration.samples", "samples");
    TITLES.put("calibration.length", "length");
    TITLES.put(COMPENSATION, "compensation");
    TITLES.put("ridge", "ridge");
    TITLES.put(RECOVERY, "recovery");
    TITLES.put("recovery.data", "data");
    TITLES.put("recovery.rows", "rows");
    TITLES.put("recovery.steps", "tuning steps");
    TITLES.put("recovery.epochs", "epochs");
    TITLES.put("recovery.learning-rate", "rate");
    TITLES.put("recovery.rank", "rank");
    TITLES.put("recovery.targets", "modules");
  }

  /** All of them, in the order of tables. */
  public static final List<String> AXES = List.copyOf(TITLES.keySet());

  private TrialSettings() {}

  static Map<String, Object> of(Trial trial, Map<StageKey, StageSpec> specs) {
    Map<String, Object> settings = new LinkedHashMap<>();
    Optional<CompensationSpec> refitted = spec(trial.compensation(), specs, CompensationSpec.class);
    Optional<Samples> samples =
        spec(Optional.of(trial.pruning()), specs, PruningSpec.class)
            .flatMap(pruning -> spec(pruning.scores(), specs, EstimationSpec.class))
            .map(EstimationSpec::samples)
            .filter(s -> s.count() > 0 || refitted.isEmpty())
            .or(() -> refitted.map(CompensationSpec::samples));
    Optional<RecoverySpec> recovery = spec(trial.recovery(), specs, RecoverySpec.class);
    Optional<TrainingSpec> training = spec(trial.training(), specs, TrainingSpec.class);
    Optional<Long> seed = recovery.map(RecoverySpec::seed);
    seed.or(() -> training.map(TrainingSpec::seed))
        .or(
            () ->
                samples
                    .filter(s -> s.count() > 0 || trial.point().criterion().isDrawn())
                    .map(Samples::seed))
        .ifPresent(value -> settings.put(SEED, value));
    samples.filter(s -> s.count() > 0).ifPresent(s -> put(settings, s));
    refitted.ifPresent(
        of -> {
          settings.put(COMPENSATION, CompensationMethod.refitting(of.inner()).label());
          settings.put("ridge", of.ridge().label());
        });
    settings.put(RECOVERY, method(recovery.isPresent(), training.isPresent()));
    recovery.ifPresent(of -> put(settings, of.data(), of.tuning(), true));
    training
        .filter(of -> recovery.isEmpty())
        .ifPresent(of -> put(settings, of.data(), of.tuning(), false));
    return settings;
  }

  /** Whole numbers as JSON's readers may have them are all of one kind. */
  static Map<String, Object> plain(Map<String, Object> settings) {
    Map<String, Object> plain = new LinkedHashMap<>();
    settings.forEach(
        (key, value) ->
            plain.put(key, value instanceof Integer number ? (Object) number.longValue() : value));
    return plain;
  }

  private static <S extends StageSpec> Optional<S> spec(
      Optional<StageKey> key, Map<StageKey, StageSpec> specs, Class<S> type) {
    return key.map(specs::get).filter(type::isInstance).map(type::cast);
  }

  private static String method(boolean lora, boolean scratch) {
    if (lora) {
      return scratch ? "lora and scratch" : "lora";
    }
    return scratch ? "scratch" : "off";
  }

  private static void put(Map<String, Object> settings, Samples samples) {
    settings.put("calibration.text", samples.text().name());
    settings.put("calibration.sampling", samples.sampling().label());
    settings.put("calibration.samples", samples.count());
    settings.put("calibration.length", samples.length());
  }

  private static void put(
      Map<String, Object> settings, TextRef data, Tuning tuning, boolean adapter) {
    settings.put("recovery.data", data.name());
    if (tuning.rows() > 0) {
      settings.put("recovery.rows", tuning.rows());
    }
    tuning
        .budget()
        .steps()
        .ifPresentOrElse(
            steps -> settings.put("recovery.steps", steps),
            () -> settings.put("recovery.epochs", tuning.budget().length().epochs()));
    if (adapter) {
      settings.put("recovery.learning-rate", tuning.learningRate());
      settings.put("recovery.rank", tuning.rank());
      List<String> targets = tuning.targets();
      settings.put("recovery.targets", targets.isEmpty() ? "all" : String.join(" ", targets));
    }
  }

  /** What tables call a key. */
  public static String title(String key) {
    return TITLES.getOrDefault(key, key);
  }

  /** A trial's value of a key; empty where it has none. */
  public static String text(TrialResult trial, String key) {
    Object value = trial.settings().get(key);
    boolean without = value == null && key.equals(COMPENSATION) && !trial.point().removesNothing();
    return without ? CompensationMethod.NONE.label() : value == null ? "" : text(value);
  }

  /** A value as configurations write it. */
  public static String text(Object value) {
    return value instanceof Double number
        ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
        : value.toString();
  }

  /**
   * Whether trials have several values of a key. Whether there is a recovery counts only where the
   * same pruned model stands with and without one: else the grid says it.
   */
  public static boolean varies(String key, Collection<TrialResult> trials) {
    if (!key.equals(RECOVERY)) {
      return values(key, trials.stream()) > 1;
    }
    Map<String, String> first = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      String method = text(trial, key);
      String recipe = trial.stages().getOrDefault("recipe", "");
      if (!method.isEmpty()
          && !recipe.isEmpty()
          && !first.computeIfAbsent(recipe, any -> method).equals(method)) {
        return true;
      }
    }
    return false;
  }

  private static long values(String key, Stream<TrialResult> trials) {
    return trials
        .map(trial -> text(trial, key))
        .filter(text -> !text.isEmpty())
        .distinct()
        .limit(2)
        .count();
  }
}
