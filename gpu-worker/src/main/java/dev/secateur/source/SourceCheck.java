package dev.secateur.source;

import dev.secateur.hub.HubReference;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import dev.secateur.text.KnownText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Checks that the files that a sweep names are on this machine the same as the sweep was planned
 * with. Files are hashed once, and again when their sizes or times have changed. Used by one thread
 * at a time.
 */
public final class SourceCheck {
  private final Map<String, Seen> seen = new HashMap<>();

  private record Seen(String state, String hash) {}

  /**
   * @param name by which the sweep knows it; what the hub has is known by its commit already
   * @param planned its hash when the sweep was planned
   * @param place where it is here
   * @throws DifferentFilesException when it is something else here
   */
  public void check(String name, String planned, Path place, Supplier<String> hash) {
    if (name.equals(TextRef.WORDNET) || HubReference.isOne(KnownText.reference(name))) {
      return;
    }
    String state = state(place);
    Seen now = seen.get(name);
    if (now == null || !now.state().equals(state)) {
      now = new Seen(state, hash.get());
      seen.put(name, now);
    }
    if (!now.hash().equals(planned)) {
      throw new DifferentFilesException(
          place
              + ": differs from the file that the sweep was planned with (hash "
              + brief(now.hash())
              + ", planned "
              + brief(planned)
              + "); every node needs the same file at this path");
    }
  }

  private static String state(Path place) {
    StringBuilder state = new StringBuilder();
    try {
      for (Path file : SourceHashes.files(place)) {
        state.append(file.getFileName()).append(' ').append(Files.size(file)).append(' ');
        state.append(Files.getLastModifiedTime(file).toMillis()).append('\n');
      }
    } catch (IOException e) {
      throw new InputException(place + ": can't be read: " + e.getMessage(), e);
    }
    return state.toString();
  }

  private static String brief(String hash) {
    return hash.substring(0, Math.min(12, hash.length()));
  }
}
