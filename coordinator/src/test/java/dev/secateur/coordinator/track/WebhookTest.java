package dev.secateur.coordinator.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a webhook is told of a sweep. */
class WebhookTest extends TrackingFixture {
  private final List<Message> messages = new CopyOnWriteArrayList<>();
  private HttpServer server;

  /** What it answers, one after the other, and then 200. */
  private final List<Integer> answers = new CopyOnWriteArrayList<>();

  private record Message(String signature, String delivery, byte[] body) {
    JsonNode json() {
      return MlflowServer.json(body);
    }
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/hook", this::hear);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void hear(HttpExchange exchange) throws IOException {
    messages.add(
        new Message(
            exchange.getRequestHeaders().getFirst("Secateur-Signature"),
            exchange.getRequestHeaders().getFirst("Secateur-Delivery"),
            exchange.getRequestBody().readAllBytes()));
    exchange.sendResponseHeaders(answers.isEmpty() ? 200 : answers.remove(0), -1);
    exchange.close();
  }

  private Tracking webhook() {
    return new Tracking(
        "",
        "grid",
        "",
        "http://127.0.0.1:" + server.getAddress().getPort() + "/hook?key=hidden",
        SECRET);
  }

  private void awaitTold() {
    await().untilAsserted(() -> assertThat(isPending()).isFalse());
  }

  /** RFC 4231, test case 2. */
  @Test
  void signsAsTheStandardSays() {
    byte[] body = "what do ya want for nothing?".getBytes(StandardCharsets.UTF_8);
    assertThat(WebhookTarget.signature("Jefe", body))
        .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }

  @Test
  void isToldOfEachFailureAndOfTheEndOnce() throws IOException {
    Tracker tracker = tracker();
    tracker.offer(webhook(), folder, running(2));
    tracker.offerEnd(webhook(), folder, ended(Map.of(2, "recovery: <b>no loss</b>\u001b[31m")));
    awaitTold();
    assertThat(messages).hasSize(2);
    JsonNode failed = messages.get(0).json();
    assertThat(failed.get("event").asText()).isEqualTo("trial-failed");
    assertThat(failed.get("trial").asInt()).isEqualTo(2);
    assertThat(failed.get("failure").asText()).isEqualTo("recovery: <b>no loss</b>\\u001b[31m");
    JsonNode end = messages.get(1).json();
    assertThat(end.get("event").asText()).isEqualTo("sweep-ended");
    assertThat(end.get("sweep").asText()).isEqualTo(SWEEP.value());
    assertThat(end.get("status").asText()).isEqualTo("completed");
    assertThat(end.get("trials").asInt()).isEqualTo(TRIALS);
    assertThat(end.get("trials_failed").asInt()).isEqualTo(1);
    assertThat(end.get("owner").asText()).isEqualTo("ana");
    assertThat(end.at("/labels/team").asText()).isEqualTo("nlp");
    for (Message message : messages) {
      assertThat(message.signature())
          .isEqualTo("sha256=" + WebhookTarget.signature("s3cret-value", message.body()));
      assertThat(message.json().get("delivery").asText()).isEqualTo(message.delivery());
      assertThat(new String(message.body(), StandardCharsets.UTF_8)).doesNotContain("s3cret");
    }
    assertThat(messages).extracting(Message::delivery).doesNotHaveDuplicates();
  }

  @Test
  void isToldAgainUnderTheSameDeliveryUntilItTakesIt() throws IOException {
    answers.addAll(List.of(503, 429));
    tracker().offerEnd(webhook(), folder, ended());
    awaitTold();
    assertThat(messages).hasSize(3);
    assertThat(messages).extracting(Message::delivery).containsOnly(messages.get(0).delivery());
    assertThat(messages).extracting(Message::signature).containsOnly(messages.get(0).signature());
    assertThat(events()).containsExactly("tracking-failed", "tracking-failed", "tracking-resumed");
    assertThat(notices.toString()).doesNotContain("hidden").doesNotContain("s3cret");
  }

  @Test
  void whatItRefusesIsNotSentAgain() throws IOException {
    answers.add(400);
    tracker().offerEnd(webhook(), folder, ended());
    awaitTold();
    assertThat(messages).hasSize(1);
    assertThat(events()).containsExactly("tracking-refused");
    assertThat(notices.get(0).fields()).containsEntry("reason", "sweep-ended got the response 400");
  }

  @Test
  void nothingIsSentWithoutItsSecret() throws IOException {
    environment.remove(SECRET);
    tracker().offerEnd(webhook(), folder, ended());
    await().untilAsserted(() -> assertThat(events()).contains("tracking-failed"));
    assertThat((String) notices.get(0).fields().get("reason"))
        .contains("the environment variable SECATEUR_TRACKING_SECRET is not set");
    assertThat(messages).isEmpty();
    assertThat(isPending()).isTrue();
  }

  @Test
  void aSweepThatWasEndedEarlySaysSo() throws IOException {
    Snapshot early = running(2);
    tracker()
        .offerEnd(
            webhook(),
            folder,
            new Snapshot(early.results(), early.completed(), true, early.curves()));
    awaitTold();
    assertThat(messages.get(0).json().get("status").asText()).isEqualTo("ended-early");
  }
}
