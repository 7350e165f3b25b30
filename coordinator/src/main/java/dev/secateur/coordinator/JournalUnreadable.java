package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import com.fasterxml.jackson.databind.DatabindException;
import dev.secateur.protocol.CodeVersion;
import java.io.NotSerializableException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The journal contains events that only a newer version understands, so this version must not
 * continue with it. Published on the event stream of the system.
 *
 * @param reason one line
 */
public record JournalUnreadable(String reason) implements NoSerializationVerificationNeeded {
  private static final Pattern UNKNOWN =
      Pattern.compile("Cannot find manifest class \\[([^\\]]+)]");

  /** What a failure to read the journal means, where it means that. */
  static Optional<JournalUnreadable> of(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Matcher unknown = UNKNOWN.matcher(String.valueOf(cause.getMessage()));
      if (cause instanceof NotSerializableException && unknown.find()) {
        return Optional.of(ofEvent(unknown.group(1)));
      } else if (cause instanceof DatabindException) {
        String what = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return Optional.of(ofContent("an event that this version can't read: " + what));
      }
    }
    return Optional.empty();
  }

  private static JournalUnreadable ofEvent(String manifest) {
    String name =
        manifest.substring(Math.max(manifest.lastIndexOf('.'), manifest.lastIndexOf('$')) + 1);
    return ofContent("the event " + name + ", which this version does not know");
  }

  private static JournalUnreadable ofContent(String what) {
    return new JournalUnreadable(
        "the journal was written by a newer version of Secateur than this one (code version "
            + CodeVersion.CURRENT
            + "): it has "
            + what
            + "; start the newer version");
  }
}
