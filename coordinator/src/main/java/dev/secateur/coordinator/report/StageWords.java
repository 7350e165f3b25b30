package dev.secateur.coordinator.report;

import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TimingSpec;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.Trial.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Display names of the stages and trials of a plan. */
public final class StageWords {
  private static final StageShare.Cases<String> SHARE =
      new StageShare.Cases<>() {
        @Override
        public String whole() {
          return "";
        }

        @Override
        public String part(StageShare.Part part) {
          return ", part " + (part.index() + 1) + " of " + part.parts();
        }

        @Override
        public String merge(StageShare.Merge merge) {
          return ", merged";
        }
      };

  private final Map<StageKey, String> labels = new HashMap<>();

  public StageWords(SweepPlan plan) {
    for (Stage stage : plan.stages()) {
      labels.put(stage.key(), stage.kind().label() + " of " + name(stage.spec().model()));
      if (stage.spec() instanceof EstimationSpec estimation) {
        labels.put(
            stage.key(),
            "estimation of "
                + name(estimation.model())
                + ", "
                + estimation.strategy().label()
                + " "
                + words(estimation.criteria().get(0))
                + estimation.share().as(SHARE));
      } else if (stage.spec() instanceof ProfileSpec profile) {
        labels.put(
            stage.key(),
            "profile of "
                + name(profile.model())
                + ", "
                + profile.strategy().label()
                + " "
                + profile.criterion().label()
                + profile.share().as(SHARE));
      } else if (stage.spec() instanceof TimingSpec timing) {
        labels.put(stage.key(), "timing of " + name(timing.model()) + " on '" + timing.on() + "'");
      }
    }
    plan.trials().forEach(this::add);
  }

  /** Criteria of one family are scored together. */
  private static String words(Criterion criterion) {
    return criterion.isBuiltIn() ? criterion.family().label() : criterion.label();
  }

  /** A trial's model and point; what is as it mostly is goes without saying. */
  public static String of(Trial trial) {
    Point point = trial.point();
    if (point.removesNothing()) {
      return name(trial.model()) + ", dense";
    }
    List<String> words = new ArrayList<>();
    words.add(point.strategy().label());
    words.add(point.ratio().toPlainString());
    if (point.target() != Target.GROUP_RATIO) {
      words.add("of " + point.target().label());
    }
    if (point.uniform()) {
      words.add("uniform");
    }
    words.add(point.criterion().label());
    words.add(point.aggregation().label());
    if (point.scope() != Scope.LOCAL) {
      words.add(point.scope().label());
    }
    if (point.climbing() > 0) {
      words.add("climbing " + point.climbing());
    }
    if (point.steps() > 1) {
      words.add("in " + point.steps() + " steps");
    }
    return name(trial.model()) + ", " + String.join(" ", words);
  }

  /** The last name of a path, which tells models apart for people. */
  private static String name(ModelRef model) {
    String path = model.name().replaceFirst("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private void add(Trial trial) {
    String pruned = of(trial);
    labels.put(trial.pruning(), "pruning of " + pruned);
    trial.compensation().ifPresent(key -> labels.put(key, "compensation of " + pruned));
    String point = pruned + (trial.compensation().isPresent() ? ", compensated" : "");
    labels.put(trial.after(), "evaluation of " + point);
    trial.recovery().ifPresent(key -> labels.put(key, "recovery of " + point));
    trial.recovered().ifPresent(key -> labels.put(key, "evaluation of " + point + ", recovered"));
    trial.training().ifPresent(key -> labels.put(key, "training from scratch of " + point));
    trial.trained().ifPresent(key -> labels.put(key, "evaluation of " + point + ", from scratch"));
    trial.export().ifPresent(key -> labels.put(key, "export of " + point));
    trial.further().forEach(one -> labels.put(one.key(), words(one, trial)));
  }

  private static String words(Trial.Further further, Trial trial) {
    String of =
        "evaluation of " + (further.role() == Role.BEFORE ? name(trial.model()) : of(trial));
    String how = further.role() == Role.RECOVERED ? ", recovered" : "";
    return further.as(
        onText -> of + how + ", on " + onText.text(),
        onTheWay -> of + " after " + onTheWay.step() + " steps of recovery");
  }

  /** A stage; of one that is not planned the beginning of its key. */
  public String of(StageKey stage) {
    return labels.getOrDefault(stage, "stage " + stage.brief());
  }
}
