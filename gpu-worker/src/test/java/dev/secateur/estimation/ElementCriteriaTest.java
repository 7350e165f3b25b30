package dev.secateur.estimation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.EditedCheckpoint;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.tensor.HostArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Criteria of plug-ins, two of which lie on the tests' class path. */
class ElementCriteriaTest {
  private static final Criterion SENSITIVITY = Criterion.of("connection-sensitivity@1");
  private static final Criterion ROOT = Criterion.plugIn("root-weight", "2.1");

  @TempDir private Path folder;

  private List<MemberScores> scores(Strategy strategy, Criterion criterion, double tolerance) {
    Path checkpoint =
        EditedCheckpoint.of("llama-gqa-tied", folder.resolve(criterion.label())).folder();
    Calibration calibration =
        Calibration.whole(Batch.causal(new long[][] {{3, 14, 15, 92, 6}, {53, 58, 9, 7, 9}}));
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      List<CoupledStructure> eligible =
          Eligible.of(Discovery.of(model.decoder()), strategy, Eligible.Layers.both(0, 3));
      List<MemberScores> scores =
          Estimation.of(model, eligible, criterion, calibration, 1, () -> {});
      if (tolerance > 0) {
        assertRoots(model, eligible, scores, tolerance);
      }
      return scores;
    }
  }

  /** Against sums over the entries of each unit, one by one. */
  private static void assertRoots(
      Model model, List<CoupledStructure> eligible, List<MemberScores> scores, double tolerance) {
    for (int s = 0; s < eligible.size(); s++) {
      for (int m = 0; m < eligible.get(s).members().size(); m++) {
        Member member = eligible.get(s).members().get(m);
        var weight = model.weights().get(member.parameter());
        float[] values = HostArrays.floats(weight);
        long[] shape = weight.getShape().getShape();
        for (int unit = 0; unit < eligible.get(s).units(); unit++) {
          double sum = 0;
          List<Integer> entries = member.entries(unit);
          for (int i = 0; i < values.length && shape.length == 2; i++) {
            int place = (int) (member.dimension() == 0 ? i / shape[1] : i % shape[1]);
            sum += entries.contains(place) ? Math.sqrt(Math.abs(values[i])) : 0;
          }
          assertThat(scores.get(s).members().get(m)[unit]).isCloseTo(sum, within(tolerance));
        }
      }
    }
  }

  @Test
  void findsThoseOfTheClassPath() {
    assertThat(ElementCriteria.all()).containsExactly(SENSITIVITY, ROOT);
    assertThat(ElementCriteria.needsSamples(SENSITIVITY)).isTrue();
    assertThat(ElementCriteria.needsSamples(ROOT)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      names = {"BLOCK", "LAYER", "CHANNEL"},
      value = Strategy.class)
  void gradientsAreThoseOfTheTaylorCriteria(Strategy strategy) {
    List<MemberScores> plugIn = scores(strategy, SENSITIVITY, 0);
    List<MemberScores> builtIn = scores(strategy, Criterion.TAYLOR_ELEMENT1, 0);
    for (int s = 0; s < builtIn.size(); s++) {
      for (int m = 0; m < builtIn.get(s).members().size(); m++) {
        assertThat(plugIn.get(s).members().get(m)).isEqualTo(builtIn.get(s).members().get(m));
      }
    }
  }

  @Test
  void aUnitHasTheSumOfItsElements() {
    scores(Strategy.BLOCK, ROOT, 1e-4);
  }

  @Test
  void refusesOneThatIsNotHere() {
    assertThatThrownBy(() -> scores(Strategy.BLOCK, Criterion.of("root-weight@3"), 0))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'root-weight@3' is a plug-in that this process does not have")
        .hasMessageContaining("connection-sensitivity@1, root-weight@2.1");
  }

  @Test
  void readmeShowsTheExample() throws IOException {
    String source =
        Files.readString(
            Path.of(
                "src/test/java",
                ConnectionSensitivity.class.getName().replace('.', '/') + ".java"));
    String code = source.substring(source.indexOf("public final class"));
    assertThat(Files.readString(Path.of("README.md"))).contains(code);
  }

  private record Named(String name, String version, float[] scores) implements ElementCriterion {
    @Override
    public float[] score(Weight weight) {
      return scores;
    }
  }

  @Test
  void refusesNamesThatAreTaken() {
    Named l2 = new Named("l2", "1", null);
    Named first = new Named("mine", "1", null);
    Named second = new Named("mine", "2", null);
    Named odd = new Named("a/b", "1", null);
    assertThatThrownBy(() -> ElementCriteria.byCriterion(List.of(l2)))
        .hasMessageContaining(
            "Named: no criterion can have the name 'l2@1', since another criterion has");
    assertThatThrownBy(() -> ElementCriteria.byCriterion(List.of(first, second)))
        .hasMessageContaining("'mine@2', since another criterion has it");
    assertThatThrownBy(() -> ElementCriteria.byCriterion(List.of(odd)))
        .hasMessageContaining("no criterion can have the name 'a/b@1'");
  }
}
