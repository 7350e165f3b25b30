package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.compensation.LeastSquares;
import dev.secateur.coordinator.config.CalibrationSection;
import dev.secateur.coordinator.config.EvaluationSection;
import dev.secateur.coordinator.config.RecoverySection;
import dev.secateur.json.Json;
import dev.secateur.memory.MemoryModel;
import dev.secateur.memory.Work;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.WeightPlacement;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The output of {@code secateur inspect --memory}. */
final class MemoryReport {
  private static final double MIB = 1 << 20;
  private static final double GIB = 1 << 30;
  private static final List<Residency> SETTINGS = List.of(Residency.values());

  private final MemoryModel model;
  private final Map<String, ElementType> types;
  private final MemoryOptions options;
  private final Map<String, Work> stages;

  /**
   * @param types what weights are stored as; empty where there are none
   */
  MemoryReport(Decoder decoder, Map<String, ElementType> types, MemoryOptions options) {
    this.model = new MemoryModel(decoder, types);
    this.types = types;
    this.options = options;
    this.stages = stages(options);
  }

  private static Map<String, Work> stages(MemoryOptions options) {
    int samples = options.get(CalibrationSection.SAMPLES);
    int length = options.get(CalibrationSection.LENGTH);
    Map<String, Work> stages = new LinkedHashMap<>();
    stages.put("discovery, ranking", new Work.Shapes());
    stages.put("estimation, magnitudes", new Work.Magnitudes(false));
    stages.put("estimation, wanda and flap", new Work.Inputs(samples, length));
    stages.put("estimation, first order", gradients(samples, length, false, false));
    stages.put("estimation, second order", gradients(samples, length, true, false));
    stages.put("estimation, obs", new Work.OutputErrors(samples, length));
    stages.put("profile", new Work.Profile(samples, length));
    stages.put("first order, channels", gradients(samples, length, false, true));
    stages.put("second order, channels", gradients(samples, length, true, true));
    int folds = Math.min(LeastSquares.FOLDS, samples);
    stages.put("compensation", new Work.Refitting(samples, length, folds, true));
    stages.put("compensation, ridge by rule", new Work.Refitting(samples, length, 1, true));
    stages.put("compensation, outputs", new Work.Refitting(samples, length, folds, false));
    stages.put(
        "evaluation, perplexity",
        new Work.Windows(
            options.get(EvaluationSection.WINDOWS), options.get(EvaluationSection.WINDOW)));
    stages.put("evaluation, accuracy", new Work.Questions(Long.MAX_VALUE));
    stages.put("recovery", adapter(options, false, Precision.FLOAT32));
    stages.put("recovery, checkpointing", adapter(options, true, Precision.FLOAT32));
    stages.put("recovery, bfloat16", adapter(options, false, Precision.BFLOAT16));
    stages.put("export", new Work.Export(false, false));
    stages.put("export, adapter merged", new Work.Export(false, true));
    stages.put("generation", new Work.Text(length, length));
    return stages;
  }

  private static Work gradients(int samples, int length, boolean second, boolean everything) {
    return new Work.Gradients(samples, length, second, everything, Activations.AUTO);
  }

  private static Work adapter(MemoryOptions options, boolean checkpointing, Precision precision) {
    return new Work.Adapter(
        options.get(RecoverySection.BATCH),
        options.microBatch(),
        options.get(RecoverySection.CUTOFF),
        options.get(RecoverySection.RANK),
        true,
        checkpointing,
        precision);
  }

  private long device(Work work, Residency setting) {
    return model.need(work, setting);
  }

  private Optional<Residency> chosen() {
    return options.deviceMemory().isPresent()
        ? Optional.of(
            Residency.of(WeightPlacement.AUTO, model.sizes(), options.deviceMemory().getAsLong()))
        : Optional.empty();
  }

  private boolean fits(Work work, Residency setting) {
    return device(work, setting) <= options.deviceMemory().orElse(Long.MAX_VALUE);
  }

  /** Stages that the device has too little memory for, with weights that are kept so. */
  private List<String> tooLarge(Residency setting) {
    return stages.entrySet().stream()
        .filter(stage -> !fits(stage.getValue(), setting))
        .map(Map.Entry::getKey)
        .toList();
  }

  private String storedTypes() {
    return types.isEmpty()
        ? ElementType.BF16.name()
        : types.values().stream()
            .distinct()
            .sorted()
            .map(ElementType::name)
            .collect(Collectors.joining(", "));
  }

  private static String name(Residency setting) {
    return setting.name().toLowerCase(Locale.ROOT);
  }

  /** All numbers in bytes. */
  ObjectNode json() {
    ObjectNode root = Json.object();
    root.put("family", model.decoder().family());
    ObjectNode weights = root.putObject("weights");
    weights.put("float32", model.sizes().float32()).put("stored", model.sizes().stored());
    weights.put("types", storedTypes()).put("types_assumed", types.isEmpty());
    root.put("host", model.host()).put("pinned", model.pinned());
    ObjectNode device = root.putObject("device");
    stages.forEach(
        (stage, work) -> {
          ObjectNode row = device.putObject(stage);
          SETTINGS.forEach(setting -> row.put(name(setting), device(work, setting)));
        });
    chosen()
        .ifPresent(
            auto -> {
              root.put("device_memory", options.deviceMemory().getAsLong());
              root.put("auto", name(auto));
              ObjectNode large = root.putObject("too_large");
              SETTINGS.forEach(
                  setting -> tooLarge(setting).forEach(large.withArray(name(setting))::add));
            });
    return root;
  }

  void print(PrintWriter out) {
    out.printf(
        "weights     %s in float32, %s as stored (%s%s)%n",
        size(model.sizes().float32()),
        size(model.sizes().stored()),
        storedTypes(),
        types.isEmpty() ? ", assumed: there are no weights here" : "");
    out.printf(
        "host        %s for Java, libtorch and statistics of units; if the device is the CPU,"
            + " add it to the device's%n",
        size(model.host()));
    out.printf(
        "pinned      %s more of the host if the device is a GPU, for copies to it%n%n",
        size(model.pinned()));
    List<Head> heads = new ArrayList<>(List.of(Head.words("device, at most")));
    SETTINGS.forEach(setting -> heads.add(Head.numbers(name(setting))));
    AlignedTable table = new AlignedTable(heads);
    stages.forEach(
        (stage, work) -> {
          List<String> row = new ArrayList<>(List.of(stage));
          SETTINGS.forEach(setting -> row.add(cell(work, setting)));
          table.add(row);
        });
    table.print(out);
    chosen().ifPresent(auto -> printFit(auto, out));
  }

  private String cell(Work work, Residency setting) {
    return (fits(work, setting) ? "" : "! ") + size(device(work, setting));
  }

  private void printFit(Residency auto, PrintWriter out) {
    out.printf("%n! is more than %s%n", size(options.deviceMemory().getAsLong()));
    out.printf("auto        %s%n", words(auto));
    List<String> never = tooLarge(Residency.STREAMED);
    List<String> streamed =
        tooLarge(auto).stream().filter(stage -> !never.contains(stage)).toList();
    if (!streamed.isEmpty()) {
      out.printf("streamed    needed for: %s%n", String.join("; ", streamed));
    }
    if (!never.isEmpty()) {
      out.printf("too large   however weights are kept: %s%n", String.join("; ", never));
    }
  }

  private static String words(Residency setting) {
    return switch (setting) {
      case FLOAT32 -> "keeps the weights on the device in float32";
      case STORED -> "keeps the weights on the device as they are stored";
      case STREAMED -> "reads the weights submodule by submodule from their files";
    };
  }

  private static String size(long bytes) {
    return bytes < GIB
        ? String.format(Locale.ROOT, "%.0f MiB", bytes / MIB)
        : String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
  }
}
