package dev.secateur.actors.node;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.hub.HubReference;
import dev.secateur.memory.MemoryModel;
import dev.secateur.memory.StageMemory;
import dev.secateur.model.Decoder;
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
import dev.secateur.source.SourceHashes;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.stage.Rehearsal;
import dev.secateur.text.KnownText;
import dev.secateur.text.TextFile;
import dev.secateur.text.Tokenizer;
import dev.secateur.text.WordNet;
import dev.secateur.training.LoraSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Checkpoints and texts on this machine, and those that Secateur includes; each is checked and
 * hashed once.
 */
public final class LocalSources implements Sources {
  private static final int SHOWN = 300;

  private final LocalFiles files;
  private final List<Path> roots;
  private final Map<String, ModelRef> models = new HashMap<>();
  private final Map<String, TextRef> texts = new HashMap<>();
  private final Map<String, StageMemory> memory = new HashMap<>();
  private final Map<String, Decoder> decoders = new HashMap<>();
  private final Map<String, List<CoupledStructure>> structures = new HashMap<>();

  /**
   * @param files what names mean on this machine
   */
  public LocalSources(LocalFiles files) {
    this(files, List.of());
  }

  /**
   * @param roots the folders that files must lie in, links followed; anywhere where there are none
   */
  public LocalSources(LocalFiles files, List<Path> roots) {
    this.files = files;
    this.roots = roots;
  }

  @Override
  public ModelRef model(String name) {
    checkName(name);
    return models.computeIfAbsent(name, this::check);
  }

  /** Some names are none of files, with NUL in them or letters that the machine's locale lacks. */
  private static void checkName(String name) {
    try {
      Path unused = Path.of(name);
    } catch (InvalidPathException e) {
      throw new InputException(
          "'" + OneLine.of(name, SHOWN) + "': no file can have this name here: " + e.getReason(),
          e);
    }
  }

  private ModelRef check(String name) {
    boolean demo = name.equals(DemoModel.NAME);
    Path folder = files.model(name);
    if (!demo && !HubReference.isOne(name)) {
      inside(folder);
    }
    String hash = SourceHashes.model(folder);
    Tokenizer.open(folder).close();
    int layers = Checkpoint.open(folder).decoder().layers();
    return new ModelRef(name, files.everywhere(name, folder), hash, layers);
  }

  @Override
  public List<Criterion> criteria() {
    return ElementCriteria.all();
  }

  @Override
  public GivenRecipe recipe(String name, ModelRef model) {
    TextRef file = text(name);
    Decoder base = decoders.computeIfAbsent(model.name(), this::decoder);
    Path place = files.text(name).file();
    var recipe =
        dev.secateur.pruning.GivenRecipe.read(place, base, Map.of("sha256", model.sha256()));
    return new GivenRecipe(file, recipe.point(base.layers(), name));
  }

  private Decoder decoder(String name) {
    return Checkpoint.open(files.model(name)).decoder();
  }

  @Override
  public OptionalLong memory(StageSpec stage) {
    return memory.computeIfAbsent(stage.model().name(), this::memory).least(stage);
  }

  private StageMemory memory(String name) {
    return new StageMemory(MemoryModel.of(Checkpoint.open(files.model(name))));
  }

  @Override
  public BigDecimal matching(ModelRef model, Point reference, Point point) {
    Decoder base = Checkpoint.open(files.model(model.name())).decoder();
    List<CoupledStructure> structures =
        this.structures.computeIfAbsent(model.name(), name -> Discovery.of(base));
    return SizeMatch.ratio(base, structures, reference, point);
  }

  @Override
  public Rehearsed rehearse(SweepPlan plan) {
    return Rehearsal.of(plan, files);
  }

  @Override
  public List<String> projections(String name) {
    model(name);
    return LoraSettings.allProjections(Checkpoint.open(files.model(name)).decoder());
  }

  @Override
  public TextRef text(String name) {
    checkName(name);
    return texts.computeIfAbsent(name, this::checkText);
  }

  @Override
  public TextRef tasks(String name) {
    if (name.equals(TextRef.WORDNET)) {
      return new TextRef(name, WordNet.IDENTITY);
    }
    checkName(name);
    Path folder = files.tasks(name);
    if (!HubReference.isOne(name)) {
      inside(folder);
    }
    ZeroShot.read(folder, List.of());
    return new TextRef(files.everywhere(name, folder), SourceHashes.tasks(folder));
  }

  private TextRef checkText(String name) {
    if (name.equals(TextRef.WORDNET)) {
      return new TextRef(name, WordNet.IDENTITY);
    }
    TextFile text = files.text(name);
    Path file = text.file();
    if (!HubReference.isOne(KnownText.reference(name))) {
      inside(file);
    }
    try {
      if (!Files.isRegularFile(file)) {
        throw new InputException(
            file + ": no such file; give a text file, or '" + TextRef.WORDNET + "'");
      }
      if (Files.size(file) == 0) {
        throw new InputException(file + ": the text is empty");
      }
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
    return new TextRef(place(name, text), SourceHashes.text(text));
  }

  /** Refuses what lies outside the roots, and says no more of it than that. */
  private void inside(Path path) {
    if (roots.isEmpty()) {
      return;
    }
    try {
      Path real = path.toRealPath();
      for (Path root : roots) {
        if (real.startsWith(root.toRealPath())) {
          return;
        }
      }
    } catch (IOException e) {
      // answered as what lies outside is
    }
    throw new InputException(path + ": not in the folders that this coordinator serves");
  }

  private String place(String name, TextFile text) {
    String known = KnownText.reference(name);
    return HubReference.isOne(known) ? files.everywhere(name, text.file()) : text.toString();
  }
}
