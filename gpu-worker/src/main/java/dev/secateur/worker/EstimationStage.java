package dev.secateur.worker;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Statistics;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.pruning.Eligible;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Scores members and stores them: one float64 tensor (units) to a criterion, structure and member.
 * A part of the work stores what it measured, which another stage merges.
 */
final class EstimationStage implements StageComputation<StageSpec.Estimation> {
  @Override
  public Class<StageSpec.Estimation> spec() {
    return StageSpec.Estimation.class;
  }

  @Override
  public Map<String, Double> compute(StageSpec.Estimation spec, StageContext context, Path folder)
      throws IOException {
    List<CoupledStructure> eligible =
        Eligible.of(
            context.structures(spec.discovery()),
            spec.strategy(),
            new Eligible.Layers(
                new Eligible.Range(spec.attention().first(), spec.attention().end()),
                new Eligible.Range(spec.mlp().first(), spec.mlp().end())));
    Model model = context.base(spec.model());
    Statistics statistics =
        spec.merged().isEmpty()
            ? measure(spec, model, eligible, context)
            : merged(spec.merged(), context);
    if (spec.parts() > 1 && spec.merged().isEmpty()) {
      List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
      statistics.byName().forEach((name, values) -> tensors.add(tensor(name, values)));
      SafetensorsWriter.write(folder.resolve(StageContext.STATISTICS), Map.of(), tensors);
    } else {
      SafetensorsWriter.write(
          folder.resolve(StageContext.SCORES), Map.of(), scores(spec, model, eligible, statistics));
    }
    return Map.of("structures", (double) eligible.size());
  }

  @Override
  public String memoryNeed(StageSpec.Estimation spec) {
    return spec.samples().count()
        + " samples of "
        + spec.samples().length()
        + " tokens in "
        + spec.parts()
        + " parts (more calibration.parts or fewer samples need less)";
  }

  private static Statistics measure(
      StageSpec.Estimation spec,
      Model model,
      List<CoupledStructure> eligible,
      StageContext context) {
    AtomicInteger sections = new AtomicInteger();
    Batch batch =
        spec.criteria().stream().anyMatch(Criterion::needsSamples)
            ? samples(context.local(spec.samples()), context.checkpoint(spec.model()))
            : Batch.causal(new long[][] {{0, 0}});
    return Estimation.measure(
        model,
        eligible,
        spec.criteria(),
        calibration(spec.samples(), batch, spec.part(), spec.parts()),
        () -> context.report(sections.incrementAndGet(), 0, "sections"));
  }

  /** How a batch is looked at, a part of it or all. */
  static Calibration calibration(Samples samples, Batch batch, int part, int parts) {
    Fisher fisher = samples.tokenFisher() ? Fisher.TOKEN : Fisher.SAMPLE;
    return new Calibration(batch, fisher, samples.activations(), part, parts);
  }

  /** The calibration batch. */
  static Batch samples(Samples samples, Path model) {
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      return CalibrationSamples.draw(samples, tokenizer);
    }
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
      StageSpec.Estimation spec,
      Model model,
      List<CoupledStructure> eligible,
      Statistics statistics) {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (Criterion criterion : spec.criteria()) {
      for (MemberScores structure :
          Estimation.scores(model, eligible, criterion, statistics, spec.samples().seed())) {
        tensors.addAll(tensors(criterion, structure));
      }
    }
    return tensors;
  }

  /** A structure's scores as they are stored. */
  static List<SafetensorsWriter.Tensor> tensors(Criterion criterion, MemberScores scores) {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    for (int m = 0; m < scores.members().size(); m++) {
      tensors.add(tensor(tensorName(criterion, scores.structure(), m), scores.members().get(m)));
    }
    return tensors;
  }

  private static SafetensorsWriter.Tensor tensor(String name, double[] values) {
    return SafetensorsWriter.Tensor.of(name, values, values.length);
  }

  /** The stored scores of structures. */
  static List<MemberScores> read(
      StageContext context,
      StageKey estimation,
      Criterion criterion,
      List<CoupledStructure> structures) {
    Path file = context.artifact(estimation).file(StageContext.SCORES);
    try (SafetensorsFile scores = SafetensorsFile.open(file)) {
      return structures.stream().map(s -> read(scores, criterion, s.name())).toList();
    }
  }

  private static MemberScores read(SafetensorsFile scores, Criterion criterion, String structure) {
    List<double[]> members = new ArrayList<>();
    String name = tensorName(criterion, structure, 0);
    while (scores.tensors().containsKey(name)) {
      members.add(scores.reals(name));
      name = tensorName(criterion, structure, members.size());
    }
    return new MemberScores(structure, List.copyOf(members));
  }

  private static String tensorName(Criterion criterion, String structure, int member) {
    return criterion.label() + "/" + structure + "/" + member;
  }
}
