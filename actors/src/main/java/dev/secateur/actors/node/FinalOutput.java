package dev.secateur.actors.node;

import dev.secateur.actors.events.Stamp;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Why a process ended, as far as its output says it: the last lines except those that every node
 * prints and those of its log, or the headline of Java's report when native code failed.
 */
final class FinalOutput {
  private static final int LINES = 3;
  private static final int MOST_CHARACTERS = 500;

  /** What every node says while all is well. */
  private static final Pattern ROUTINE =
      Pattern.compile(
          "node .* (joins the cluster at|is up).*|event log: .*|API: .*|"
              + WorkerSupervisor.JOINED);

  /** Lines of a log, since a failure is reported by an error; and frames of a stack trace. */
  private static final Pattern LOGGED =
      Pattern.compile("(TRACE|DEBUG|INFO|WARN) .*|\\s+at .*|\\s+\\.\\.\\. \\d+ (more|common).*");

  private static final Pattern FATAL = Pattern.compile("# A fatal error has been detected .*");
  private static final Pattern HEADLINE =
      Pattern.compile("#\\s+(SIG\\w+ .*|EXCEPTION_.*|Internal Error .*|Out of Memory Error .*)");
  private static final Pattern NO_MEMORY = Pattern.compile("# (There is insufficient memory .*)");
  private static final Pattern FRAME = Pattern.compile("# ([CVJjv]\\s+\\[?.*)");
  private static final Pattern REPORT = Pattern.compile("#? ?(/.*hs_err_pid.*\\.log)");

  private final Deque<String> last = new ArrayDeque<>();
  private final StringBuilder fatal = new StringBuilder();
  private boolean crashed;

  /** A line of its output. */
  void hear(String line) {
    if (line.startsWith("#")) {
      crash(line.strip());
      return;
    }
    String text = Stamp.without(line);
    if (text.isBlank() || ROUTINE.matcher(text).matches() || LOGGED.matcher(text).matches()) {
      return;
    }
    if (!last.isEmpty() && last.getLast().endsWith(text.strip())) {
      last.removeLast(); // an error that is logged before it is said
    }
    last.addLast(text.strip());
    if (last.size() > LINES) {
      last.removeFirst();
    }
  }

  private void crash(String line) {
    crashed |= FATAL.matcher(line).matches();
    for (Pattern pattern : new Pattern[] {HEADLINE, NO_MEMORY, FRAME, REPORT}) {
      var found = pattern.matcher(line);
      if (found.matches() && (crashed || pattern == NO_MEMORY)) {
        crashed = true;
        fatal.append(fatal.isEmpty() ? "" : " / ").append(found.group(1).strip());
        return;
      }
    }
  }

  /** In a line; empty where it said nothing of the kind. */
  String text() {
    String words = fatal.isEmpty() ? String.join(" / ", last) : fatal.toString();
    return words.length() > MOST_CHARACTERS ? words.substring(0, MOST_CHARACTERS) : words;
  }
}
