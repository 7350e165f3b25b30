package dev.secateur.stage;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Statistics;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StagePart;
import dev.secateur.pruning.Eligible;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Scores members and stores them, as {@link StoredScores} does. A part of the work stores what it
 * measured, which another stage merges.
 */
final class EstimationStage implements StageComputation<EstimationSpec> {
  @Override
  public Class<EstimationSpec> spec() {
    return EstimationSpec.class;
  }

  @Override
  public Map<String, Double> compute(EstimationSpec spec, StageContext context, Path folder)
      throws IOException {
    List<CoupledStructure> eligible =
        Eligible.of(
            context.structures(spec.discovery()),
            spec.strategy(),
            new Eligible.Layers(
                new Eligible.Range(spec.attention().first(), spec.attention().end()),
                new Eligible.Range(spec.mlp().first(), spec.mlp().end())));
    return context
        .base(spec.model())
        .computedIn(
            spec.precision().orElse(Precision.FLOAT32),
            model -> write(spec, model, eligible, context, folder));
  }

  private static Map<String, Double> write(
      EstimationSpec spec,
      Model model,
      List<CoupledStructure> eligible,
      StageContext context,
      Path folder)
      throws IOException {
    if (spec.share() instanceof StagePart.Measured part) {
      Statistics statistics = measure(spec, part, model, eligible, context);
      if (part.isMergedLater()) {
        writeStatistics(statistics, folder);
      } else {
        writeScores(scores(spec, model, eligible, statistics), folder);
      }
    } else if (spec.share() instanceof StagePart.Merged parts) {
      writeScores(scores(spec, model, eligible, merged(parts.measured(), context)), folder);
    }
    return Map.of("structures", (double) eligible.size());
  }

  private static void writeStatistics(Statistics statistics, Path folder) throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    statistics.byName().forEach((name, values) -> tensors.add(tensor(name, values)));
    SafetensorsWriter.write(folder.resolve(StageContext.STATISTICS), Map.of(), tensors);
  }

  private static void writeScores(List<SafetensorsWriter.Tensor> scores, Path folder)
      throws IOException {
    SafetensorsWriter.write(folder.resolve(StageContext.SCORES), Map.of(), scores);
  }

  @Override
  public String memoryNeed(EstimationSpec spec) {
    return spec.samples().count()
        + " samples of "
        + spec.samples().length()
        + " tokens in "
        + spec.parts()
        + " parts (more calibration.parts or fewer samples need less)";
  }

  private static Statistics measure(
      EstimationSpec spec,
      StagePart.Measured part,
      Model model,
      List<CoupledStructure> eligible,
      StageContext context) {
    AtomicInteger sections = new AtomicInteger();
    Batch batch = context.calibration(spec.samples(), spec.criteria(), spec.model());
    return Estimation.measure(
        model,
        eligible,
        spec.criteria(),
        Calibration.of(spec.samples(), batch, part.index(), part.parts()),
        () -> context.report(sections.incrementAndGet(), 0, "sections"));
  }

  private static Statistics merged(List<StageKey> parts, StageContext context) {
    Statistics sum = new Statistics();
    for (StageKey part : parts) {
      Path file = context.artifact(part).file(StageContext.STATISTICS);
      try (SafetensorsFile statistics = SafetensorsFile.open(file)) {
        statistics.tensors().keySet().forEach(name -> sum.add(name, statistics.reals(name)));
      }
    }
    return sum;
  }

  private static List<SafetensorsWriter.Tensor> scores(
      EstimationSpec spec, Model model, List<CoupledStructure> eligible, Statistics statistics) {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (Criterion criterion : spec.criteria()) {
      for (MemberScores structure :
          Estimation.scores(model, eligible, criterion, statistics, spec.samples().seed())) {
        tensors.addAll(StoredScores.tensors(criterion, structure));
      }
    }
    return tensors;
  }

  private static SafetensorsWriter.Tensor tensor(String name, double[] values) {
    return SafetensorsWriter.Tensor.of(name, values, values.length);
  }
}
