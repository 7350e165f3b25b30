package dev.secateur.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Trial;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plans with criteria of plug-ins, and with scores and recipes from elsewhere. */
class GivenPlanTest {
  private static final String SWEEP =
      "models = [a, b], ratios = [0.25, 0.5], calibration.parts = 3, criteria = ";

  /** Has a plug-in of some version, and a recipe of model a. */
  private static final class Sources extends FakeSources {
    private final String version;
    private final String hash;

    private Sources(String version, String hash) {
      super("/models");
      this.version = version;
      this.hash = hash;
    }

    @Override
    public TextRef text(String name) {
      return new TextRef(name, super.text(name).sha256() + hash);
    }

    @Override
    public List<Criterion> criteria() {
      return List.of(Criterion.plugIn("mine", version), Criterion.plugIn("other", "1"));
    }

    @Override
    public GivenRecipe recipe(String name, ModelRef model) {
      if (!model.name().equals("a")) {
        throw new InputException(name + ": is for another base");
      }
      LayerSpan all = new LayerSpan(0, 32);
      return new GivenRecipe(
          text(name),
          new Point(
              Strategy.BLOCK,
              all,
              all,
              new BigDecimal("0.3"),
              Criterion.of("recipe:" + name),
              Aggregation.SUM,
              Scope.LOCAL,
              Target.GROUP_RATIO,
              1));
    }
  }

  private static SweepConfig read(String text, Sources sources) {
    return SweepConfigReader.read(text, "sweep.conf", sources);
  }

  private static SweepPlan plan(String text, String version, String hash) {
    Sources sources = new Sources(version, hash);
    return SweepPlanner.plan(read(text, sources), sources);
  }

  private static List<StageKey> pruning(SweepPlan plan) {
    return plan.trials().stream().map(Trial::pruning).toList();
  }

  private static List<StageSpec> specs(SweepPlan plan, StageKind kind) {
    return plan.stages().stream().filter(s -> s.kind() == kind).map(Stage::spec).toList();
  }

  @Test
  void aPlugInIsACriterionWhoseVersionIsPartOfTheKey() {
    SweepPlan plan = plan(SWEEP + "[l2, mine]", "1", "");
    assertThat(plan.trials())
        .extracting(trial -> trial.point().criterion().label())
        .containsExactly("l2", "l2", "mine@1", "mine@1", "l2", "l2", "mine@1", "mine@1");
    assertThat(specs(plan, StageKind.ESTIMATION))
        .hasSize(4)
        .filteredOn(s -> ((EstimationSpec) s).criteria().contains(Criterion.of("mine@1")))
        .allSatisfy(s -> assertThat(((EstimationSpec) s).share().parts()).isEqualTo(1))
        .hasSize(2);
    List<StageKey> before = pruning(plan);
    List<StageKey> after = pruning(plan(SWEEP + "[l2, \"mine@2\"]", "2", ""));
    assertThat(after.subList(0, 2)).isEqualTo(before.subList(0, 2));
    assertThat(after.subList(2, 4)).doesNotContainAnyElementsOf(before);
  }

  @Test
  void plugInsThatThereAreNotAreRefused() {
    assertThatThrownBy(() -> plan("\n" + SWEEP + "[mien]", "1", ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sweep.conf:2: 'criteria[0]' is 'mien'; allowed are taylor-vector, ")
        .hasMessageContaining("reap, obs, mine@1, other@1");
    assertThatThrownBy(() -> plan(SWEEP + "[\"mine@2\"]", "1", ""))
        .hasMessageContaining("is 'mine@2'; allowed are")
        .hasMessageContaining("did you mean 'mine@1'?");
    assertThatThrownBy(() -> plan(SWEEP + "[\"recipe:x\"]", "1", ""))
        .hasMessageContaining("is 'recipe:x'; allowed are");
  }

  @Test
  void scoresOfAFileStandWhereAnEstimationWould() {
    String sweep = SWEEP + "[l2, \"scores:mine.safetensors\"], steps = [1, 2]";
    SweepPlan plan = plan(sweep, "1", "");
    assertThat(plan.trials()).hasSize(2 * (4 + 2)); // scores of a file prune in one step
    assertThat(specs(plan, StageKind.IMPORT)).hasSize(2);
    Trial given = plan.trials().get(plan.trials().size() / 2 - 1);
    assertThat(given.point().criterion().label()).isEqualTo("scores:mine.safetensors");
    PruningSpec pruning =
        (PruningSpec)
            plan.stages().stream()
                .filter(s -> s.key().equals(given.pruning()))
                .findFirst()
                .orElseThrow()
                .spec();
    assertThat(given.stages()).contains(pruning.scores().orElseThrow());
    List<StageKey> other = pruning(plan(sweep, "1", " edited"));
    assertThat(other).hasSameSizeAs(pruning(plan));
    assertThat(other.get(0)).isEqualTo(pruning(plan).get(0));
    assertThat(other).doesNotContain(given.pruning());
    assertThat(SweepPlanner.exclusions(read(sweep, new Sources("1", ""))))
        .containsExactly("scores from a file are for the whole model, so they prune in one step");
  }

  @Test
  void aRecipeIsATrialOfTheModelThatItFits() {
    String sweep = SWEEP + "[l2], recipes = [\"r.json\"], recovery { ratios = [0.5] }";
    SweepPlan plan = plan(sweep, "1", "");
    assertThat(plan.trials()).hasSize(5);
    Trial given = plan.trials().get(2);
    assertThat(given.model().name()).isEqualTo("a");
    assertThat(given.point().criterion().label()).isEqualTo("recipe:r.json");
    assertThat(specs(plan, StageKind.IMPORT)).hasSize(1);
    assertThat(given.stages()).hasSize(3).contains(given.before(), given.pruning(), given.after());
    assertThat(plan(sweep, "1", " edited").trials().get(2).pruning()).isNotEqualTo(given.pruning());
    assertThat(PlanSize.of(read(sweep, new Sources("1", ""))).trials()).isEqualTo(6);
  }

  @Test
  void recipesNeedNoRatios() {
    SweepPlan plan = plan("models = [a], recipes = [\"r.json\"], recovery { steps = 3 }", "1", "");
    assertThat(plan.trials()).hasSize(1);
    assertThat(plan.trials().get(0).recovery()).isPresent();
    assertThatThrownBy(() -> plan("models = [b]\nrecipes = [\"r.json\"]", "1", ""))
        .hasMessage("sweep.conf:2: 'recipes[0]' r.json: is for another base");
    assertThatThrownBy(() -> plan("models = [a]", "1", "")).hasMessageContaining("'ratios'");
  }

  @Test
  void criteriaAreTheirLabelsInJson() throws Exception {
    for (String label : List.of("l2", "mine@1", "scores:/a b.safetensors", "recipe:r.json")) {
      Criterion criterion = Criterion.of(label);
      assertThat(Json.MAPPER.writeValueAsString(criterion)).isEqualTo("\"" + label + "\"");
      assertThat(Json.MAPPER.readValue("\"" + label + "\"", Criterion.class)).isEqualTo(criterion);
    }
    assertThat(Criterion.of("l2")).isSameAs(Criterion.L2);
    assertThat(Criterion.values()).hasSize(17);
    assertThat(Criterion.parse("a/b")).isEmpty();
  }
}
