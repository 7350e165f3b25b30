package dev.secateur.worker;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.pruning.Pruning;
import dev.secateur.text.Batch;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Scores members and stores them: one float64 tensor (units) to a criterion, structure and member.
 */
final class EstimationStage {
  private EstimationStage() {}

  static Map<String, Double> compute(StageSpec.Estimation spec, StageContext context, Path folder)
      throws IOException {
    List<CoupledStructure> eligible =
        Pruning.eligible(
            context.structures(spec.discovery()),
            spec.strategy(),
            spec.firstLayer(),
            spec.endLayer());
    Model model = context.base(spec.model());
    AtomicInteger sections = new AtomicInteger();
    Map<Criterion, List<MemberScores>> scores =
        Estimation.of(
            model,
            eligible,
            spec.family(),
            calibration(spec),
            spec.seed(),
            () -> context.report(sections.incrementAndGet(), 0, "backward"));
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    scores.forEach(
        (criterion, structures) ->
            structures.forEach(structure -> addTensors(criterion, structure, tensors)));
    SafetensorsWriter.write(folder.resolve(StageContext.SCORES), Map.of(), tensors);
    return Map.of("structures", (double) eligible.size());
  }

  private static Batch calibration(StageSpec.Estimation spec) {
    try (Tokenizer tokenizer = Tokenizer.open(Path.of(spec.model().path()))) {
      return Batch.causal(
          Texts.samples(spec.text(), tokenizer, spec.samples(), spec.length(), spec.seed()));
    }
  }

  private static void addTensors(
      Criterion criterion, MemberScores scores, List<SafetensorsWriter.Tensor> tensors) {
    for (int m = 0; m < scores.members().size(); m++) {
      double[] units = scores.members().get(m);
      tensors.add(
          SafetensorsWriter.Tensor.of(
              tensorName(criterion, scores.structure(), m), units, units.length));
    }
  }

  /** The stored scores of a structure's members. */
  static List<double[]> read(
      StageContext context, StageKey estimation, Criterion criterion, CoupledStructure structure) {
    List<double[]> members = new ArrayList<>();
    Path file = context.store().get(estimation).file(StageContext.SCORES);
    try (SafetensorsFile scores = SafetensorsFile.open(file)) {
      for (int m = 0; m < structure.members().size(); m++) {
        members.add(scores.reals(tensorName(criterion, structure.name(), m)));
      }
    }
    return members;
  }

  private static String tensorName(Criterion criterion, String structure, int member) {
    return criterion.label() + "/" + structure + "/" + member;
  }
}
