package dev.secateur.actors.cli;

import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.HashMap;
import java.util.Map;

/** What people call the stages of a plan. */
final class StageLabels {
  private final Map<StageKey, String> labels = new HashMap<>();

  StageLabels(SweepPlan plan) {
    for (Stage stage : plan.stages()) {
      labels.put(stage.key(), stage.kind().label() + " of " + stage.spec().model().name());
      if (stage.spec() instanceof StageSpec.Estimation estimation) {
        labels.put(
            stage.key(),
            "estimation of "
                + estimation.model().name()
                + ", "
                + estimation.strategy().label()
                + " "
                + estimation.criteria().get(0).family().label()
                + part(estimation));
      }
    }
    plan.trials().forEach(this::add);
  }

  private static String part(StageSpec.Estimation estimation) {
    if (estimation.parts() == 1) {
      return "";
    }
    return estimation.merged().isEmpty()
        ? ", part " + (estimation.part() + 1) + " of " + estimation.parts()
        : ", merged";
  }

  private void add(Trial trial) {
    String point =
        trial.model().name()
            + ", "
            + trial.point().strategy().label()
            + " "
            + trial.point().ratio().toPlainString()
            + " "
            + trial.point().criterion().label()
            + " "
            + trial.point().aggregation().label();
    labels.put(trial.pruning(), "pruning of " + point);
    labels.put(trial.after(), "evaluation of " + point);
    trial.recovery().ifPresent(key -> labels.put(key, "recovery of " + point));
    trial.recovered().ifPresent(key -> labels.put(key, "evaluation of " + point + ", recovered"));
    trial.training().ifPresent(key -> labels.put(key, "training from scratch of " + point));
    trial.trained().ifPresent(key -> labels.put(key, "evaluation of " + point + ", from scratch"));
    trial.export().ifPresent(key -> labels.put(key, "export of " + point));
  }

  String of(StageKey stage) {
    return labels.getOrDefault(stage, "stage " + stage.brief());
  }
}
