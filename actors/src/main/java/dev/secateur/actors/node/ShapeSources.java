package dev.secateur.actors.node;

import dev.secateur.checkpoint.Sha256;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.hub.Hub;
import dev.secateur.memory.MemoryModel;
import dev.secateur.memory.StageMemory;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.TextModel;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TextRef;
import dev.secateur.pruning.SizeMatch;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.stage.Rehearsal;
import dev.secateur.training.LoraSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Models by their {@code config.json} alone: a folder that has one, such a file, or {@code
 * hf:owner/name}, of which nothing else is downloaded. Weights, tokenizers, texts and tasks are not
 * read and need not exist.
 */
public final class ShapeSources implements Sources {
  private final Hub.ProgressListener progress;
  private final LocalFiles files;
  private final Map<String, Path> configs = new HashMap<>();
  private final Map<String, Decoder> decoders = new HashMap<>();
  private final Map<String, ModelRef> models = new HashMap<>();
  private final Map<String, List<CoupledStructure>> structures = new HashMap<>();
  private final Map<String, StageMemory> memory = new HashMap<>();

  /**
   * @param progress told of downloads
   * @param files that know the models that Secateur brings along
   */
  public ShapeSources(Hub.ProgressListener progress, LocalFiles files) {
    this.progress = progress;
    this.files = files;
  }

  @Override
  public ModelRef model(String name) {
    return models.computeIfAbsent(name, this::read);
  }

  private ModelRef read(String name) {
    Path config = config(name);
    try {
      return new ModelRef(name, name, Sha256.of(config), decoder(name).layers());
    } catch (IOException e) {
      throw new InputException(config + ": can't be read: " + e.getMessage(), e);
    }
  }

  private Path config(String name) {
    return configs.computeIfAbsent(
        name,
        unknown -> {
          Path place =
              name.equals(DemoModel.NAME) ? files.model(name) : LocalFiles.config(name, progress);
          Path file = Files.isDirectory(place) ? place.resolve("config.json") : place;
          if (!Files.isRegularFile(file)) {
            throw new InputException(
                file + ": no such file; --shapes needs a checkpoint's config.json, or its folder");
          }
          return file;
        });
  }

  private Decoder decoder(String name) {
    return decoders.computeIfAbsent(
        name,
        unknown -> {
          ModelConfig config = ModelConfig.read(config(name));
          return Families.of(TextModel.of(config).map(TextModel::config).orElse(config));
        });
  }

  @Override
  public List<String> projections(String model) {
    return LoraSettings.allProjections(decoder(model));
  }

  @Override
  public TextRef text(String name) {
    return new TextRef(name, name);
  }

  @Override
  public TextRef tasks(String name) {
    return new TextRef(name, name);
  }

  @Override
  public List<Criterion> criteria() {
    return ElementCriteria.all();
  }

  @Override
  public GivenRecipe recipe(String name, ModelRef model) {
    Decoder base = decoder(model.name());
    var recipe = dev.secateur.pruning.GivenRecipe.read(Path.of(name), base, Map.of());
    return new GivenRecipe(text(name), recipe.point(base.layers(), name));
  }

  @Override
  public OptionalLong memory(StageSpec stage) {
    return memory
        .computeIfAbsent(
            stage.model().name(), name -> new StageMemory(MemoryModel.of(decoder(name))))
        .least(stage);
  }

  @Override
  public BigDecimal matching(ModelRef model, Point reference, Point point) {
    Decoder base = decoder(model.name());
    List<CoupledStructure> all =
        structures.computeIfAbsent(model.name(), name -> Discovery.of(base));
    return SizeMatch.ratio(base, all, reference, point);
  }

  @Override
  public Rehearsed rehearse(SweepPlan plan) {
    return Rehearsal.ofShapes(plan, this::decoder);
  }
}
