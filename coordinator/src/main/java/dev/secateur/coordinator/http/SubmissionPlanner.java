package dev.secateur.coordinator.http;

import dev.secateur.coordinator.config.Origins;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.http.Submission.Asked;
import dev.secateur.coordinator.plan.Extension;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.coordinator.plan.PlanSize;
import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepSummary;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Plans what is submitted. Reads files, so not to be called on an actor's thread. */
final class SubmissionPlanner {
  private final Supplier<Sources> sources;
  private final JournalPlans plans;
  private final Predicate<StageKey> done;

  /**
   * A submission's plan.
   *
   * @param origin what the sweep's results say of where it comes from
   */
  record Planned(SweepPlan plan, Origin origin) {
    Planned of(Origin other) {
      return new Planned(plan, other);
    }
  }

  private record Rehearsal(SweepConfig config, SweepPlan plan, Rehearsed rehearsed) {}

  /**
   * @param sources what names in configurations mean; fresh ones for each submission
   * @param plans what sweeps have planned
   * @param done whether the artifact of a stage is here
   */
  SubmissionPlanner(Supplier<Sources> sources, JournalPlans plans, Predicate<StageKey> done) {
    this.sources = sources;
    this.plans = plans;
    this.done = done;
  }

  /**
   * The plan of a sweep.
   *
   * @throws InputException with one line for each mistake in the configuration
   */
  Planned plan(Submission submission) {
    Rehearsal of = rehearsal(submission);
    Asked asked = submission.asked();
    return new Planned(
        of.plan(),
        Origins.of(asked.command(), asked.client(), submission.text(), of.config(), asked.owner()));
  }

  /**
   * What a submission would do.
   *
   * @throws InputException with one line for each mistake in the configuration
   */
  PlanOutline outline(Submission submission) {
    Rehearsal of = rehearsal(submission);
    return PlanOutline.of(of.config(), of.plan(), of.rehearsed(), done);
  }

  private Rehearsal rehearsal(Submission submission) {
    Sources known = sources.get();
    SweepConfig config = SweepConfigReader.read(submission.text(), submission.file(), known);
    PlanSize.of(config).check(Runtime.getRuntime().maxMemory());
    SweepPlan plan = SweepPlanner.plan(config, known);
    Rehearsed rehearsed = known.rehearse(plan);
    rehearsed.check(submission.file());
    return new Rehearsal(config, submission.naming().apply(plan), rehearsed);
  }

  /**
   * The plan of a larger grid for a sweep.
   *
   * @throws InputException when the configuration is wrong, or lacks something of the sweep
   */
  Planned extension(SweepSummary sweep, Submission submission) {
    Planned planned = plan(submission);
    SweepPlan plan = planned.plan().named(sweep.name());
    Extension.problem(lastPlan(sweep.sweep()), plan)
        .ifPresent(
            problem -> {
              throw new InputException(submission.file() + ": " + problem);
            });
    return new Planned(plan, planned.origin());
  }

  /** A sweep's plan, under the keys of this version of the code. */
  private SweepPlan lastPlan(SweepId sweep) {
    SweepPlan plan =
        plans
            .of(sweep)
            .orElseThrow(
                () -> new InputException("the journal has no plan of sweep " + sweep.value()));
    return plan.codeVersion().isBefore(CodeVersion.CURRENT)
        ? Replanning.plan(plan, Replanning.of(sweep, plan, CodeVersion.CURRENT))
        : plan;
  }
}
