package dev.secateur.hub;

import dev.secateur.protocol.InputException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository on the hub, or a file in it, as users write it: {@code
 * hf:owner/name[@revision][/path/of/the/file]}.
 *
 * @param repository {@code owner/name}
 * @param revision a branch, a tag or a commit
 * @param file a path in the repository
 */
public record HubReference(String repository, String revision, Optional<String> file) {
  private static final String PREFIX = "hf:";
  private static final String DEFAULT_REVISION = "main";
  private static final String WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*";

  /** A revision's name has no slash, but for the hub's own references to conversions and pulls. */
  private static final Pattern SHAPE =
      Pattern.compile(
          PREFIX
              + "(?<repository>"
              + WORD
              + "/"
              + WORD
              + ")(?:@(?<revision>refs/(?:convert|pr)/"
              + WORD
              + "|"
              + WORD
              + "))?(?:/(?<file>.+))?");

  /** Whether a name is meant to be one on the hub. */
  public static boolean isOne(String name) {
    return name.startsWith(PREFIX);
  }

  /**
   * @throws InputException when the text is no reference
   */
  public static HubReference parse(String text) {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new InputException(
          "'" + text + "' is not a name on the hub: write hf:owner/name[@revision]");
    }
    return new HubReference(
        shape.group("repository"),
        Optional.ofNullable(shape.group("revision")).orElse(DEFAULT_REVISION),
        Optional.ofNullable(shape.group("file")));
  }

  /** The same at another revision, such as the commit that a branch stands for. */
  public HubReference at(String otherRevision) {
    return new HubReference(repository, otherRevision, file);
  }

  /** As users write it. */
  @Override
  public String toString() {
    return PREFIX
        + repository
        + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision)
        + file.map(path -> "/" + path).orElse("");
  }
}
