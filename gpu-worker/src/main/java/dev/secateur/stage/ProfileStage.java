package dev.secateur.stage;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.estimation.Statistics;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Batch;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.PointPruning;
import dev.secateur.source.CalibrationSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures profiles and stores them: of each structure that has several units a float64 tensor with
 * the loss at each of its {@link Profiles#levels}. A part of the work has some of the structures.
 */
final class ProfileStage implements StageComputation<ProfileSpec> {
  @Override
  public Class<ProfileSpec> spec() {
    return ProfileSpec.class;
  }

  @Override
  public Map<String, Double> compute(ProfileSpec spec, StageContext context, Path folder)
      throws IOException {
    List<CoupledStructure> eligible =
        Eligible.of(
            context.structures(spec.discovery()),
            spec.strategy(),
            new Eligible.Layers(spec.attention(), spec.mlp()));
    Statistics profiles = spec.share().as(new Shares(spec, eligible, context));
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    profiles
        .byName()
        .forEach(
            (name, values) ->
                tensors.add(SafetensorsWriter.Tensor.of(name, values, values.length)));
    SafetensorsWriter.write(folder.resolve(StageContext.PROFILES), Map.of(), tensors);
    return Map.of("structures", (double) tensors.size());
  }

  /** The profiles of a stage, by structure. */
  static Statistics read(StageContext context, StageKey stage) {
    Statistics profiles = new Statistics();
    try (SafetensorsFile file =
        SafetensorsFile.open(context.artifact(stage).file(StageContext.PROFILES))) {
      file.tensors().keySet().forEach(name -> profiles.add(name, file.reals(name)));
    }
    return profiles;
  }

  @Override
  public String memoryNeed(ProfileSpec spec) {
    return "profiles on "
        + spec.samples().count()
        + " samples of "
        + spec.samples().length()
        + " tokens (fewer samples need less)";
  }

  /** The profiles of all structures, measured or merged, or of a part of them. */
  private record Shares(ProfileSpec spec, List<CoupledStructure> eligible, StageContext context)
      implements StageShare.Cases<Statistics> {
    @Override
    public Statistics whole() {
      return measured(eligible);
    }

    @Override
    public Statistics part(StageShare.Part part) {
      return measured(part.of(eligible));
    }

    @Override
    public Statistics merge(StageShare.Merge merge) {
      Statistics profiles = new Statistics();
      for (StageKey part : merge.measured()) {
        read(context, part).byName().forEach(profiles::add);
      }
      return profiles;
    }

    private Statistics measured(List<CoupledStructure> structures) {
      List<MemberScores> scores =
          StoredScores.read(
              context.artifact(spec.estimation()).file(StageContext.SCORES),
              spec.criterion(),
              structures);
      Batch batch =
          CalibrationSamples.draw(
              spec.samples().of(context.local(spec.samples().text())),
              context.checkpoint(spec.model()));
      AtomicInteger submodules = new AtomicInteger();
      return context
          .base(spec.model())
          .computedIn(
              spec.precision(),
              model ->
                  new Profiles(
                          model,
                          structures,
                          PointPruning.orders(scores, spec.aggregation()),
                          batch,
                          Profiles.WINDOWS)
                      .measure(
                          () -> context.report(submodules.incrementAndGet(), 0, "submodules")));
    }
  }
}
