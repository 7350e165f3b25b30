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
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
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
            new Eligible.Layers(spec.attention(), spec.mlp()));
    return context
        .base(spec.model())
        .computedIn(spec.precision(), model -> write(spec, model, eligible, context, folder));
  }

  private static Map<String, Double> write(
      EstimationSpec spec,
      Model model,
      List<CoupledStructure> eligible,
      StageContext context,
      Path folder)
      throws IOException {
    Written written = spec.share().as(new Shares(spec, model, eligible, context));
    SafetensorsWriter.write(folder.resolve(written.file()), Map.of(), written.tensors());
    return Map.of("structures", (double) eligible.size());
  }

  @Override
  public String memoryNeed(EstimationSpec spec) {
    return spec.samples().count()
        + " samples of "
        + spec.samples().length()
        + " tokens in "
        + spec.share().parts()
        + " parts (more calibration.parts or fewer samples need less)";
  }

  private record Written(String file, List<SafetensorsWriter.Tensor> tensors) {}

  /** The scores of all of the work; of a part its statistics, which the merge adds up. */
  private record Shares(
      EstimationSpec spec, Model model, List<CoupledStructure> eligible, StageContext context)
      implements StageShare.Cases<Written> {
    @Override
    public Written whole() {
      return scores(measured(0, 1));
    }

    @Override
    public Written part(StageShare.Part part) {
      List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
      measured(part.index(), part.parts())
          .byName()
          .forEach(
              (name, values) ->
                  tensors.add(SafetensorsWriter.Tensor.of(name, values, values.length)));
      return new Written(StageContext.STATISTICS, tensors);
    }

    @Override
    public Written merge(StageShare.Merge merge) {
      Statistics sum = new Statistics();
      for (StageKey part : merge.measured()) {
        Path file = context.artifact(part).file(StageContext.STATISTICS);
        try (SafetensorsFile statistics = SafetensorsFile.open(file)) {
          statistics.tensors().keySet().forEach(name -> sum.add(name, statistics.reals(name)));
        }
      }
      return scores(sum);
    }

    private Statistics measured(int part, int parts) {
      AtomicInteger submodules = new AtomicInteger();
      Batch batch = context.calibration(spec.samples(), spec.criteria(), spec.model());
      return Estimation.measure(
          model,
          eligible,
          spec.criteria(),
          Calibration.of(spec.samples(), batch, part, parts),
          () -> context.report(submodules.incrementAndGet(), 0, "submodules"));
    }

    private Written scores(Statistics statistics) {
      List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
      for (Criterion criterion : spec.criteria()) {
        for (MemberScores structure :
            Estimation.scores(model, eligible, criterion, statistics, spec.samples().seed())) {
          tensors.addAll(StoredScores.tensors(criterion, structure));
        }
      }
      return new Written(StageContext.SCORES, tensors);
    }
  }
}
