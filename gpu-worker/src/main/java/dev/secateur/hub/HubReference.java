package dev.secateur.hub;

import dev.secateur.protocol.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository on the hub, or a file in it, as users write it: {@code
 * hf:owner/name[@revision][/path/of/the/file]}.
 */
public sealed interface HubReference {
  /** {@code owner/name}. */
  String repository();

  /** A branch, a tag or a commit. */
  String revision();

  /** The same at another revision, such as the commit that a branch stands for. */
  HubReference at(String otherRevision);

  /** A whole repository. */
  record Repository(String repository, String revision) implements HubReference {
    private static final String PREFIX = "hf:";
    private static final String DEFAULT_REVISION = "main";
    private static final String WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*";

    /**
     * A revision's name has no slash, but for the hub's own references to conversions and pulls.
     */
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

    @Override
    public Repository at(String otherRevision) {
      return new Repository(repository, otherRevision);
    }

    /** As users write it. */
    @Override
    public String toString() {
      return PREFIX + repository + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision);
    }
  }

  /**
   * A file.
   *
   * @param path in the repository
   */
  record RepositoryFile(Repository of, String path) implements HubReference {
    @Override
    public String repository() {
      return of.repository();
    }

    @Override
    public String revision() {
      return of.revision();
    }

    @Override
    public RepositoryFile at(String otherRevision) {
      return new RepositoryFile(of.at(otherRevision), path);
    }

    /** As users write it. */
    @Override
    public String toString() {
      return of + "/" + path;
    }
  }

  /** Whether a name is meant to be one on the hub. */
  static boolean isOne(String name) {
    return name.startsWith(Repository.PREFIX);
  }

  /**
   * @throws InputException when the text is no reference
   */
  static HubReference parse(String text) {
    Matcher shape = Repository.SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new InputException(
          "'" + text + "' is not a name on the hub: write hf:owner/name[@revision]");
    }
    String revision = shape.group("revision");
    Repository whole =
        new Repository(
            shape.group("repository"), revision == null ? Repository.DEFAULT_REVISION : revision);
    String file = shape.group("file");
    return file == null ? whole : new RepositoryFile(whole, file);
  }
}
