package dev.secateur.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * Requests that share a context, as one row: the context, and of each continuation all but its last
 * token, which nothing is predicted from.
 */
record SharedRow(List<EncodedRequest> requests) {
  SharedRow {
    requests = List.copyOf(requests);
  }

  /**
   * A token as the model sees it.
   *
   * @param position in its own text
   * @param segment as {@link dev.secateur.model.Layout} numbers them
   */
  record Token(long id, int position, int segment) {
    static final Token PADDING = new Token(0, 0, -1);
  }

  /**
   * A token whose probability is asked for.
   *
   * @param place of the logits that predict it, in the row or in the rows of a batch
   * @param request that it belongs to
   */
  record Target(long place, long token, int request) {
    /** The same in the flattened rows of a batch. */
    Target inBatch(int row, int rowLength) {
      return new Target((long) row * rowLength + place, token, request);
    }
  }

  private long[] context() {
    return requests.get(0).context();
  }

  int length() {
    return context().length
        + requests.stream().mapToInt(request -> request.continuation().length - 1).sum();
  }

  /** As many as the row is long. */
  List<Token> tokens() {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < context().length; i++) {
      tokens.add(new Token(context()[i], i, 0));
    }
    int segment = 1;
    for (EncodedRequest request : requests) {
      for (int i = 0; i < request.continuation().length - 1; i++) {
        tokens.add(new Token(request.continuation()[i], context().length + i, segment));
      }
      segment++;
    }
    return tokens;
  }

  /** The tokens of all continuations, in order. */
  List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    int at = context().length;
    for (EncodedRequest request : requests) {
      for (int i = 0; i < request.continuation().length; i++) {
        int place = i == 0 ? context().length - 1 : at + i - 1;
        targets.add(new Target(place, request.continuation()[i], request.index()));
      }
      at += request.continuation().length - 1;
    }
    return targets;
  }
}
