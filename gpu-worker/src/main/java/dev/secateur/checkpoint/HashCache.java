package dev.secateur.checkpoint;

import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SHA-256 of large files, kept on disk so that a checkpoint is hashed once and not by every
 * command. A kept hash is valid while the file has the same inode, size, time of the last write and
 * time of the last change; only the system can set the last of these. The hash of a file that was
 * changed a moment ago is not kept, since the clock of some file systems is too coarse to show
 * another change.
 */
public final class HashCache {
  private static final Logger LOG = LoggerFactory.getLogger(HashCache.class);

  /** Smaller files are hashed sooner than looked up. */
  private static final long SMALL = 1 << 20;

  private static final Duration UNSETTLED = Duration.ofSeconds(3);
  private static final String STATE = "unix:dev,ino,size,lastModifiedTime,ctime";
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private static volatile Path place; // null where nothing is kept

  private HashCache() {}

  /**
   * Where this process keeps hashes from now on; nowhere before.
   *
   * @param folder made where it is missing
   */
  public static void keepIn(Path folder) throws IOException {
    place = Files.createDirectories(folder);
  }

  /** Of a file's content. */
  public static String of(Path file) throws IOException {
    Path folder = place;
    return folder == null ? Sha256.of(file) : of(file, folder, Instant.now());
  }

  /**
   * Of a file's content.
   *
   * @param folder of what is kept
   * @param now by the clock of the file's system
   */
  static String of(Path file, Path folder, Instant now) throws IOException {
    Optional<Map<String, Object>> state = Files.size(file) < SMALL ? Optional.empty() : state(file);
    if (state.isEmpty()) {
      return Sha256.of(file);
    }
    // A file that takes another's place takes its entry.
    Path entry = folder.resolve(state.get().get("dev") + "-" + state.get().get("ino"));
    String line = state.get() + " ";
    Optional<String> kept = kept(entry, line);
    if (kept.isPresent()) {
      return kept.get();
    }
    String hash = Sha256.of(file);
    if (isSettled(state.get(), now) && state.equals(state(file))) {
      keep(entry, line + hash);
    }
    return hash;
  }

  /** What tells whether a file changed; absent where the file system does not say. */
  private static Optional<Map<String, Object>> state(Path file) throws IOException {
    try {
      return Optional.of(new TreeMap<>(Files.readAttributes(file, STATE)));
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isSettled(Map<String, Object> state, Instant now) {
    return ((FileTime) state.get("ctime")).toInstant().isBefore(now.minus(UNSETTLED));
  }

  private static Optional<String> kept(Path entry, String state) {
    try {
      String line = Files.readString(entry, StandardCharsets.UTF_8);
      return Optional.of(line)
          .filter(text -> text.startsWith(state))
          .map(text -> text.substring(state.length()))
          .filter(hash -> HASH.matcher(hash).matches());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.warn("{} can't be read: {}", entry, FailureReason.of(e));
      return Optional.empty();
    }
  }

  /** Without it, the file is hashed again the next time. */
  private static void keep(Path entry, String line) {
    try {
      if (Files.isDirectory(entry.getParent())) {
        AtomicFile.write(entry, line);
      }
    } catch (IOException e) {
      LOG.warn("{} can't be written: {}", entry, FailureReason.of(e));
    }
  }
}
