package dev.secateur.coordinator.track;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A webhook that receives the first failed trials of a sweep, and its end. Each message has a
 * {@code delivery} that stays the same when it is sent again: after a restart it may arrive twice.
 */
final class WebhookTarget implements Target {
  /** The header with {@code sha256=} and the HMAC-SHA256 of the body, in hexadecimal digits. */
  static final String SIGNATURE = "Secateur-Signature";

  /** This many failed trials are reported one by one; the last message counts all. */
  private static final int MOST_FAILURES = 20;

  private static final int LONGEST = 1_000;
  private static final String ALGORITHM = "HmacSHA256";

  private final Tracking tracking;
  private final UnaryOperator<String> environment;
  private final Consumer<String> refusals;
  private final Web web = new Web();
  private final Set<String> told = new HashSet<>();

  /**
   * @param environment has the secret; null of variables that are not set
   * @param refusals receives what the address refuses
   */
  WebhookTarget(Tracking tracking, UnaryOperator<String> environment, Consumer<String> refusals) {
    this.tracking = tracking;
    this.environment = environment;
    this.refusals = refusals;
  }

  @Override
  public String name() {
    return "webhook at " + Web.host(tracking.webhook());
  }

  @Override
  public void update(Snapshot snapshot) throws IOException, InterruptedException {
    for (TrialResult trial : snapshot.complete()) {
      if (!trial.failure().isEmpty() && told.size() < MOST_FAILURES) {
        String delivery =
            snapshot.results().sweep().value()
                + "/trial-failed/"
                + MlflowRun.hash(trial.model() + trial.stages());
        Map<String, Object> message = message("trial-failed", delivery, snapshot);
        message.put("trial", trial.trial());
        message.put("title", OneLine.of(trial.title(), LONGEST));
        message.put("failure", OneLine.of(trial.failure(), LONGEST));
        tell(delivery, message);
      }
    }
    if (snapshot.ended()) {
      String delivery = snapshot.results().sweep().value() + "/sweep-ended/" + ended(snapshot);
      tell(delivery, message("sweep-ended", delivery, snapshot));
    }
  }

  /** Another end of a sweep that was run again, or extended, is another message. */
  private static String ended(Snapshot snapshot) {
    SweepResults of = snapshot.results();
    String when = of.provenance().ended();
    return MlflowRun.hash(when + of.trials().size() + of.completed() + of.failed());
  }

  private static Map<String, Object> message(String event, String delivery, Snapshot snapshot) {
    SweepResults of = snapshot.results();
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("event", event);
    message.put("delivery", delivery);
    message.put("sweep", of.sweep().value());
    message.put("name", of.name());
    message.put("status", snapshot.status());
    message.put("trials", of.trials().size());
    message.put("trials_completed", of.completed());
    message.put("trials_failed", of.failed());
    Provenance provenance = of.provenance();
    if (provenance.isKnown()) {
      message.put("submitted", provenance.submitted());
      message.put("ended", provenance.ended());
      message.put("owner", provenance.owner());
      message.put("labels", provenance.labels());
    }
    return message;
  }

  private void tell(String delivery, Map<String, Object> message)
      throws IOException, InterruptedException {
    if (told.contains(delivery)) {
      return;
    }
    byte[] body = Json.MAPPER.writeValueAsBytes(message);
    Web.Answer answer =
        web.send(
            Web.request(URI.create(tracking.webhook()))
                .header("Content-Type", "application/json")
                .header("Secateur-Delivery", delivery)
                .header(SIGNATURE, "sha256=" + signature(secret(), body))
                .POST(BodyPublishers.ofByteArray(body))
                .build());
    if (answer.isForNow()) {
      throw new IOException("the message got the response " + answer.status());
    } else if (!answer.isGood()) {
      refusals.accept(message.get("event") + " got the response " + answer.status());
    }
    told.add(delivery);
  }

  private String secret() throws IOException {
    String secret = environment.apply(tracking.secret());
    if (secret == null || secret.isBlank()) {
      throw new IOException(
          "the environment variable " + tracking.secret() + " is not set on this coordinator");
    }
    return secret;
  }

  static String signature(String secret, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }
}
