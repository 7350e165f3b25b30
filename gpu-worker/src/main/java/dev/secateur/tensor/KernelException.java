package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An operation that libtorch refused or could not finish, reported in one line. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** TorchScript tells where it was first, and last what went wrong. */
  private static final Pattern REASON =
      Pattern.compile("(?m)^(?:\\w*Error|\\w*Exception): (.*\\S)");

  private static final Pattern PLACE =
      Pattern.compile("\\s*(Exception raised from|Traceback of).*");

  private KernelException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What libtorch said, with the operation and the shapes of the arrays that it was given.
   *
   * @param operands arrays, lists of arrays, and numbers, which are left out
   */
  static KernelException of(RuntimeException failure, String operation, Object... operands) {
    List<String> shapes = new ArrayList<>();
    for (Object operand : operands) {
      if (operand instanceof NDArray array) {
        shapes.add(array.getShape().toString());
      } else if (operand instanceof NDArray[] arrays) {
        for (NDArray array : arrays) {
          shapes.add(array.getShape().toString());
        }
      }
    }
    String of = shapes.isEmpty() ? "" : " of " + listed(shapes);
    return new KernelException(reason(failure) + " in " + operation + of, failure);
  }

  private static String listed(List<String> shapes) {
    int last = shapes.size() - 1;
    return last == 0
        ? shapes.get(0)
        : String.join(", ", shapes.subList(0, last)) + " and " + shapes.get(last);
  }

  /** The line of a native failure's message that says what went wrong. */
  public static String reason(RuntimeException failure) {
    String message = String.valueOf(failure.getMessage());
    String reason = message.lines().filter(line -> !line.isBlank()).findFirst().orElse("");
    Matcher reasons = REASON.matcher(message);
    while (reasons.find()) {
      reason = reasons.group(1);
    }
    return PLACE.matcher(reason).replaceFirst("").strip();
  }
}
