package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.input.JsonFile;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.TextModel;
import dev.secateur.model.TiedEmbedding;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A Hugging Face checkpoint folder: {@code config.json}, safetensors in one file or shards,
 * tokenizer files.
 */
public final class Checkpoint {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  /** The largest index, in bytes; those of models with 100,000 tensors have 10 MB. */
  private static final long LARGEST_INDEX = 32L << 20;

  private final Path folder;
  private final TextModel textModel; // null where the folder holds nothing else
  private final Decoder decoder;

  private Checkpoint(Path folder, ModelConfig config, TextModel textModel) {
    this.folder = folder;
    this.textModel = textModel;
    this.decoder = Families.of(config);
  }

  /**
   * Reads the config, and no weights but those that the config ties: where an output layer is
   * stored beside the embedding and differs from it, the model is one whose config does not tie
   * them.
   *
   * @throws InputException when there is no such checkpoint, or its family or one of its options is
   *     not supported
   */
  public static Checkpoint open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(folder + ": no such checkpoint folder");
    }
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    return TextModel.of(config)
        .map(textModel -> new Checkpoint(folder, textModel.config(), textModel))
        .orElseGet(() -> new Checkpoint(folder, config, null))
        .asStored();
  }

  private Checkpoint asStored() {
    Optional<TiedEmbedding> tied = TiedEmbedding.of(decoder);
    if (tied.isEmpty() || !hasWeights()) {
      return this;
    }
    Map<String, Path> files = files();
    Optional<Location> head = find(tied.get().head(), files);
    Optional<Location> embedding = find(tied.get().embedding(), files);
    return head.isEmpty() || embedding.isEmpty() || same(head.get(), embedding.get())
        ? this
        : new Checkpoint(folder, tied.get().untied(), textModel);
  }

  private static boolean same(Location one, Location other) {
    try (SafetensorsFile of = SafetensorsFile.open(one.file());
        SafetensorsFile in = SafetensorsFile.open(other.file())) {
      return StoredFloats.same(of, of.tensor(one.name()), in, in.tensor(other.name()));
    }
  }

  public Path folder() {
    return folder;
  }

  /** The config as the decoder has it: that of the text model, with the sizes of its class. */
  public ModelConfig config() {
    return decoder.config();
  }

  /** The text model that is read, where the folder holds more. */
  public Optional<TextModel> textModel() {
    return Optional.ofNullable(textModel);
  }

  public Decoder decoder() {
    return decoder;
  }

  /** Whether there are weights beside the config. */
  public boolean hasWeights() {
    return Files.isRegularFile(folder.resolve(SINGLE))
        || Files.isRegularFile(folder.resolve(INDEX));
  }

  /** What each parameter is stored as. */
  public Map<String, ElementType> types() {
    Map<String, ElementType> types = new LinkedHashMap<>();
    Map<Path, SafetensorsFile> open = new LinkedHashMap<>();
    try {
      locate()
          .forEach(
              (parameter, place) ->
                  types.put(
                      parameter,
                      open.computeIfAbsent(place.file(), SafetensorsFile::open)
                          .tensor(place.name())
                          .type()));
    } finally {
      open.values().forEach(SafetensorsFile::close);
    }
    return types;
  }

  /**
   * Checks that every parameter is there, has the shape that the config gives it and a type that
   * weights can have; headers are read, weights are not.
   *
   * @throws InputException naming the first tensor that is not
   */
  public void check() {
    locate();
  }

  /**
   * Where a parameter is stored.
   *
   * @param name what the tensor is called there
   */
  record Location(Path file, String name) {}

  /** Each parameter's place, after every parameter's presence and shape have been checked. */
  Map<String, Location> locate() {
    Map<String, Path> files = files();
    Map<String, Location> places = new LinkedHashMap<>();
    Map<Path, SafetensorsFile> open = new LinkedHashMap<>();
    try {
      for (ParameterShape parameter : decoder.parameters()) {
        Location place = locate(parameter.name(), files);
        check(parameter, open.computeIfAbsent(place.file(), SafetensorsFile::open), place);
        places.put(parameter.name(), place);
      }
    } finally {
      open.values().forEach(SafetensorsFile::close);
    }
    return places;
  }

  private Location locate(String parameter, Map<String, Path> files) {
    return find(parameter, files)
        .or(
            () ->
                TiedEmbedding.of(decoder)
                    .filter(tie -> tie.embedding().equals(parameter))
                    .flatMap(tie -> find(tie.head(), files)))
        .orElseThrow(() -> new InputException(folder + ": tensor '" + parameter + "' is missing"));
  }

  /** Some checkpoints were saved from the model below its head, whose names lack a first word. */
  private Optional<Location> find(String parameter, Map<String, Path> files) {
    String below = parameter.substring(parameter.indexOf('.') + 1);
    List<String> names = textModel == null ? List.of(parameter, below) : TextModel.names(parameter);
    return names.stream()
        .filter(files::containsKey)
        .findFirst()
        .map(name -> new Location(files.get(name), name));
  }

  private static void check(ParameterShape parameter, SafetensorsFile file, Location place) {
    StoredTensor stored = file.tensor(place.name());
    Path path = place.file();
    StoredFloats.checkType(file, stored);
    List<Long> found = Arrays.stream(stored.shape()).boxed().toList();
    if (!found.equals(parameter.shape())) {
      throw new InputException(
          path
              + ": tensor '"
              + parameter.name()
              + "' has shape "
              + found
              + ", but the config requires "
              + parameter.shape());
    }
  }

  /** SHA-256 of every file that decides what the model computes, by name. */
  public Map<String, String> hashes() {
    Map<String, String> hashes = new TreeMap<>();
    try (var entries = Files.list(folder)) {
      for (Path file : entries.filter(Checkpoint::decides).toList()) {
        hashes.put(file.getFileName().toString(), HashCache.of(file));
      }
    } catch (IOException e) {
      throw new InputException(folder + ": can't be read: " + e.getMessage(), e);
    }
    return hashes;
  }

  private static boolean decides(Path file) {
    return file.getFileName()
        .toString()
        .matches(".*\\.safetensors|.*\\.index\\.json|(config|tokenizer)\\.json|tokenizer\\.model");
  }

  private Map<String, Path> files() {
    Path index = folder.resolve(INDEX);
    Path single = folder.resolve(SINGLE);
    if (Files.isRegularFile(single)) {
      try (SafetensorsFile file = SafetensorsFile.open(single)) {
        Map<String, Path> files = new LinkedHashMap<>();
        file.tensors().keySet().forEach(name -> files.put(name, single));
        return files;
      }
    }
    if (Files.isRegularFile(index)) {
      return sharded(index);
    }
    throw new InputException(folder + ": neither " + SINGLE + " nor " + INDEX + pickleHint());
  }

  private String pickleHint() {
    try (var entries = Files.list(folder)) {
      boolean pickled =
          entries
              .map(path -> path.getFileName().toString())
              .anyMatch(name -> name.endsWith(".bin") || name.endsWith(".pt"));
      return pickled
          ? "; PyTorch pickles are not supported, since reading them runs code: save the"
              + " model with safe_serialization=True"
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private Map<String, Path> sharded(Path index) {
    JsonNode map = JsonFile.read(index, LARGEST_INDEX).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new InputException(index + ": 'weight_map' is missing, empty or not an object");
    }
    Map<String, Path> files = new LinkedHashMap<>();
    map.properties()
        .forEach(
            entry -> files.put(entry.getKey(), shard(index, entry.getKey(), entry.getValue())));
    return files;
  }

  private Path shard(Path index, String tensor, JsonNode named) {
    String where = index + ": the shard of '" + JsonFile.shown(tensor) + "' ";
    if (!named.isTextual() || !named.asText().endsWith(".safetensors")) {
      throw new InputException(
          where
              + "is "
              + JsonFile.shown(named.toString())
              + ", not the name of a .safetensors file");
    }
    String name = JsonFile.shown(named.asText());
    Path shard;
    try {
      shard = folder.resolve(named.asText()).normalize();
    } catch (InvalidPathException e) {
      throw new InputException(where + "is '" + name + "', which can't be the name of a file", e);
    }
    if (!shard.startsWith(folder.normalize())) {
      throw new InputException(
          where + "is '" + name + "', which lies outside the checkpoint folder");
    }
    return shard;
  }
}
