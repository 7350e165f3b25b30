package dev.secateur.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.HashCache;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.json.Json;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of artifacts, one folder per stage key. An artifact is written under a temporary name
 * and renamed, and is used only while the hashes of its manifest and files are correct.
 */
public final class ArtifactStore {
  private static final Logger LOG = LoggerFactory.getLogger(ArtifactStore.class);
  static final String MANIFEST = "artifact.json";

  private final Path root;

  /** Writes an artifact's files into a folder and returns its metrics. */
  @FunctionalInterface
  public interface Computation {
    Map<String, Double> writeInto(Path folder) throws IOException;
  }

  /**
   * @param root made where it is missing
   * @throws InputException when the folder can't be written to
   */
  public ArtifactStore(Path root) {
    this.root = root;
    try {
      Files.createDirectories(root);
      Files.delete(Files.createTempFile(root, ".probe", ""));
    } catch (IOException e) {
      throw new InputException(
          root
              + ": the work folder can't be written to: "
              + FailureReason.of(e)
              + "; choose another with --work",
          e);
    }
  }

  /**
   * The artifact of a stage, if it is here and whole; a corrupted one is as good as none, and so is
   * one that is removed while it is looked at. Once it is touched it stays.
   */
  public Optional<Artifact> find(StageKey key) {
    Optional<Artifact> found = check(key, folder(key));
    found.ifPresent(artifact -> Touching.touch(artifact.file(MANIFEST)));
    return found.filter(artifact -> has(key));
  }

  /** Has an artifact that is read count as worked with until this is closed. */
  public Touching touching(StageKey key) {
    Touching touching = new Touching();
    touching.add(folder(key).resolve(MANIFEST));
    return touching;
  }

  private static Optional<Artifact> check(StageKey key, Path folder) {
    Path file = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      Manifest manifest = Json.MAPPER.readValue(file.toFile(), Manifest.class);
      if (!manifest.key().equals(key.value())) {
        return Optional.empty();
      }
      for (Map.Entry<String, Manifest.Content> entry : manifest.files().entrySet()) {
        if (!Sha256.of(folder.resolve(entry.getKey())).equals(entry.getValue().sha256())) {
          LOG.warn("artifact {}: {} is corrupted; it is not used", key.brief(), entry.getKey());
          return Optional.empty();
        }
      }
      return Optional.of(artifact(key, manifest, Sha256.of(file), folder));
    } catch (IOException e) {
      LOG.warn("artifact {} can't be read ({}); it is not used", key.brief(), FailureReason.of(e));
      return Optional.empty();
    }
  }

  /** Whether there is an artifact of a stage; its files are not looked at. */
  public boolean has(StageKey key) {
    return Files.isRegularFile(folder(key).resolve(MANIFEST));
  }

  /**
   * @throws ArtifactMissingException when the artifact is not here
   */
  public Artifact get(StageKey key) {
    return find(key).orElseThrow(() -> new ArtifactMissingException(key));
  }

  /** What an artifact's manifest says, as it stands; its files are not looked at. */
  public Optional<byte[]> manifest(StageKey key) throws IOException {
    Path file = folder(key).resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    Touching.touch(file);
    return Optional.of(Files.readAllBytes(file));
  }

  /** Whether an artifact's manifest is this; asking is no use of the artifact. */
  boolean isManifest(StageKey key, byte[] manifest) throws IOException {
    Path file = folder(key).resolve(MANIFEST);
    return Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), manifest);
  }

  /** The folder that they are in. */
  Path root() {
    return root;
  }

  /** A file of an artifact, as it stands; its hash is not looked at. */
  public Optional<byte[]> file(StageKey key, String name) throws IOException {
    Path file = folder(key).resolve(name);
    return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }

  /**
   * Whether an artifact is here and whole. Hashes of large files are taken from {@link HashCache}
   * while the files have not changed since.
   */
  public boolean isWhole(StageKey key) throws IOException {
    Optional<byte[]> said = manifest(key);
    if (said.isEmpty()) {
      return false;
    }
    for (Map.Entry<String, Manifest.Content> entry : parsed(said.get()).files().entrySet()) {
      Path file = folder(key).resolve(entry.getKey());
      if (!Files.isRegularFile(file) || !HashCache.of(file).equals(entry.getValue().sha256())) {
        return false;
      }
    }
    return true;
  }

  /** Where a file of an artifact lies whose manifest names it; its hash is not looked at. */
  public Optional<Path> path(StageKey key, String name) throws IOException {
    Optional<byte[]> said = manifest(key);
    boolean isNamed =
        said.isPresent() && (name.equals(MANIFEST) || parsed(said.get()).files().containsKey(name));
    return isNamed
        ? Optional.of(folder(key).resolve(name)).filter(Files::isRegularFile)
        : Optional.empty();
  }

  /**
   * What a manifest that was read elsewhere says of an artifact, whose folder is not here; nothing
   * where it is no manifest of that stage.
   */
  public Optional<Artifact> described(StageKey key, byte[] manifest) {
    try {
      Manifest said = parsed(manifest);
      return said.key().equals(key.value())
          ? Optional.of(artifact(key, said, Sha256.of(new String(manifest, UTF_8)), folder(key)))
          : Optional.empty();
    } catch (IOException e) {
      LOG.warn("artifact {}: its manifest can't be read: {}", key.brief(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Manifest parsed(byte[] manifest) throws IOException {
    return Json.MAPPER.readValue(manifest, Manifest.class);
  }

  /** Waits for the turn among the workers of this folder that need the same artifact. */
  ArtifactLock lock(StageKey key, Runnable waiting) throws IOException {
    return ArtifactLock.take(root, key, waiting);
  }

  /** Writes an artifact that is here as one stream; the receiver checks its hashes. */
  public void pack(StageKey key, OutputStream into) throws IOException {
    ArtifactArchive.write(folder(key), files(folder(key)), into);
  }

  /**
   * Takes in what {@link #pack} wrote elsewhere. What is here and whole stands.
   *
   * @throws InputException when it is not that stage's artifact, or its hashes are wrong
   */
  public Artifact unpack(StageKey key, InputStream from) throws IOException {
    Path temporary = root.resolve(".part-" + UUID.randomUUID());
    try (Touching touching = new Touching()) {
      Files.createDirectories(temporary);
      touching.add(temporary);
      ArtifactArchive.read(from, temporary);
      if (check(key, temporary).isEmpty()) {
        throw new InputException("not the artifact " + key.brief() + ", or it is damaged");
      }
      return publish(key, temporary);
    } finally {
      StoreContents.delete(temporary);
    }
  }

  /**
   * A file beside the artifacts where a stage may keep how far it is; a worker that computes the
   * stage next finds it there, and removes it when the stage is done.
   */
  public Path scratch(StageKey key) {
    return root.resolve(".state-" + key.value() + ".safetensors");
  }

  /**
   * Computes an artifact and puts it in its place; nothing is left behind when that fails.
   *
   * @param machine what computes it, for the manifest to say; the content does not depend on it
   */
  public Artifact create(
      StageKey key, StageKind kind, Map<String, String> machine, Computation computation)
      throws IOException {
    Path temporary = root.resolve(".part-" + UUID.randomUUID());
    try (Touching touching = new Touching()) {
      Files.createDirectories(temporary);
      touching.add(temporary);
      long start = System.nanoTime();
      Map<String, Double> metrics = computation.writeInto(temporary);
      double seconds = (System.nanoTime() - start) / 1e9;
      Manifest manifest =
          new Manifest(
              key.value(),
              kind,
              contents(temporary),
              new TreeMap<>(metrics),
              seconds,
              new TreeMap<>(machine));
      AtomicFile.write(
          temporary.resolve(MANIFEST),
          Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n");
      return publish(key, temporary);
    } catch (IOException e) {
      throw new IOException(root + ": artifact " + key.brief() + ": " + e.getMessage(), e);
    } finally {
      StoreContents.delete(temporary);
    }
  }

  /** Renames the finished folder; where another worker was faster, its artifact stands. */
  private Artifact publish(StageKey key, Path temporary) throws IOException {
    Path folder = folder(key);
    synchronized (ArtifactStore.class) {
      if (find(key).isEmpty()) {
        StoreContents.delete(folder);
        Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return get(key);
  }

  private Path folder(StageKey key) {
    return root.resolve(key.value());
  }

  private static Artifact artifact(StageKey key, Manifest manifest, String sha256, Path folder) {
    ArtifactRef ref = new ArtifactRef(key, manifest.kind(), sha256, manifest.bytes());
    return new Artifact(
        ref,
        folder,
        Map.copyOf(manifest.metrics()),
        manifest.seconds(),
        Map.copyOf(manifest.provenance()));
  }

  private static SortedMap<String, Manifest.Content> contents(Path folder) throws IOException {
    SortedMap<String, Manifest.Content> contents = new TreeMap<>();
    for (Path file : files(folder)) {
      contents.put(
          folder.relativize(file).toString(),
          new Manifest.Content(Sha256.of(file), Files.size(file)));
    }
    return contents;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile).toList();
    }
  }
}
