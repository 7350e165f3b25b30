package dev.secateur.actors.client;

import dev.failsafe.RetryPolicy;
import dev.failsafe.RetryPolicyBuilder;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.retry.Retries;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Sends requests to one address after the other, repeatedly, until one answers. A status of 503
 * does not count as an answer: that node currently reaches no coordinator.
 */
final class Exchange {
  private static final int UNAVAILABLE = 503;
  private static final int LONGEST = 200;

  private final Addresses addresses;
  private final Map<String, String> headers;
  private final HttpClient client;
  private final Times times;
  private final Consumer<String> talk;
  private final boolean endless;

  /** The start of an answer; the caller reads its body. */
  record Opened(URI address, int status, InputStream body) {}

  /** Reads the received part of an answer. */
  @FunctionalInterface
  private interface Reading<T> {
    T read(Opened answer, boolean repeated) throws IOException;
  }

  /**
   * @param headers of every request, beside its own
   * @param endless whether it keeps asking without a time limit
   */
  Exchange(
      Addresses addresses,
      Map<String, String> headers,
      HttpClient client,
      Times times,
      Consumer<String> talk,
      boolean endless) {
    this.addresses = addresses;
    this.headers = headers;
    this.client = client;
    this.times = times;
    this.talk = talk;
    this.endless = endless;
  }

  Exchange untilAnswered() {
    return new Exchange(addresses, headers, client, times, talk, true);
  }

  Times times() {
    return times;
  }

  /** Notifies the waiting user. */
  void say(String line) {
    talk.accept(line);
  }

  /** The next address is asked from now on, since the body of an answer did not come. */
  void leave(URI failed) {
    addresses.leave(failed);
  }

  /**
   * @throws IOException when no address answers, or none may be asked again
   */
  ApiAnswer send(ApiRequest request) throws IOException, InterruptedException {
    return send(request, Exchange::whole);
  }

  /** The same, with a body that has not come yet. */
  Opened open(ApiRequest request) throws IOException, InterruptedException {
    return send(
        request,
        (answer, repeated) -> {
          if (answer.status() >= 400) {
            whole(answer, repeated).accepted();
          }
          return answer;
        });
  }

  private static ApiAnswer whole(Opened answer, boolean repeated) throws IOException {
    try (InputStream body = answer.body()) {
      return new ApiAnswer(answer.status(), body.readAllBytes(), repeated);
    }
  }

  private <T> T send(ApiRequest request, Reading<T> reading)
      throws IOException, InterruptedException {
    Outage outage = new Outage();
    Rounds<T> rounds = new Rounds<>(request, reading, outage);
    try {
      return Retries.call(retrying(outage), context -> rounds.next(context.isFirstAttempt()));
    } catch (NoAnswer last) {
      throw outage.failure(last);
    }
  }

  /** Asks all addresses again, after a pause, when none has answered. */
  private RetryPolicy<Object> retrying(Outage outage) {
    RetryPolicyBuilder<Object> policy =
        endless
            ? Retries.unlimited(times.pause())
            : Retries.within(times.patience(), times.pause());
    return policy
        .handle(NoAnswer.class)
        .onRetryScheduled(
            retry -> {
              if (retry.isFirstAttempt()) {
                talk.accept(
                    outage
                        + "; retrying "
                        + (endless
                            ? "until one answers"
                            : "for " + times.patience().toSeconds() + " s"));
              }
            })
        .build();
  }

  /** Sends one request to every address in turn, as often as it is told. */
  private final class Rounds<T> {
    private final ApiRequest request;
    private final Reading<T> reading;
    private final Outage outage;
    private boolean repeated;

    Rounds(ApiRequest request, Reading<T> reading, Outage outage) {
      this.request = request;
      this.reading = reading;
      this.outage = outage;
    }

    /**
     * @throws NoAnswer of the last address, when the request may be sent again
     * @throws IOException when it may not
     */
    T next(boolean first) throws IOException, InterruptedException {
      for (int tries = 1; ; tries++) {
        URI address = addresses.current();
        try {
          return attempt(request, address, repeated, reading);
        } catch (NoAnswer e) {
          repeated |= e.kind() == NoAnswer.Kind.UNSETTLED;
          outage.add(address, e);
          addresses.leave(address);
          if (repeated && !request.isRepeatable()) {
            throw unsettled(address, e);
          } else if (tries == addresses.count()) {
            throw outage.isLasting() || first && isNotThere(e) ? outage.failure(e) : e;
          }
        }
      }
    }
  }

  private boolean isNotThere(NoAnswer failure) {
    return !endless && addresses.count() == 1 && failure.kind() == NoAnswer.Kind.UNREACHABLE;
  }

  private static IOException unsettled(URI address, NoAnswer failure) {
    return new IOException(
        address
            + ": "
            + failure.getMessage()
            + "; the request may have been received, so it is not retried: check with"
            + " 'secateur status'",
        failure);
  }

  private <T> T attempt(ApiRequest request, URI address, boolean repeated, Reading<T> reading)
      throws NoAnswer, InterruptedException {
    if (!request.isReading()) {
      askWhetherReady(address);
    }
    Duration within = request.isReading() ? times.answer() : times.work();
    try {
      Opened answer = opened(request, address, within);
      if (answer.status() == UNAVAILABLE) {
        throw NoAnswer.unavailable(
            UNAVAILABLE + ": " + OneLine.of(whole(answer, repeated).problem(), LONGEST));
      }
      return reading.read(answer, repeated);
    } catch (IOException e) {
      throw NoAnswer.of(e, within);
    }
  }

  /** Nothing that changes something is sent to a node that stands still or has no coordinator. */
  private void askWhetherReady(URI address) throws NoAnswer, InterruptedException {
    try {
      attempt(ApiRequest.get("/ready", Map.of()), address, false, Exchange::whole);
    } catch (NoAnswer e) {
      throw e.beforehand();
    }
  }

  private Opened opened(ApiRequest request, URI address, Duration within)
      throws IOException, InterruptedException {
    HttpRequest.Builder builder = request.at(address).timeout(within);
    headers.forEach(builder::header);
    HttpResponse<InputStream> answer = client.send(builder.build(), BodyHandlers.ofInputStream());
    return new Opened(
        address, answer.statusCode(), new WatchedBody(answer.body(), times.silence()));
  }
}
