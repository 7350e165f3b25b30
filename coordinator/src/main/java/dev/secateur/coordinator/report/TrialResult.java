package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a trial, as far as it is known.
 *
 * @param layers the blocks that could be pruned, the end excluded
 * @param perplexityBegin where the begin token stood in the text of the perplexities
 * @param beginToken of the questions that accuracies are of; absent where none were asked
 * @param metrics of pruning, of trainings, and of the evaluations before pruning, after it and
 *     after recovery, all of them
 * @param seconds computing time of all stages that the trial needs, shared ones included
 * @param stages the keys of its artifacts, by role
 * @param notRecovered why the trial was left out of recovery
 * @param failure what failed
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TrialResult(
    int trial,
    String model,
    Strategy strategy,
    BigDecimal ratio,
    Criterion criterion,
    Aggregation aggregation,
    Scope scope,
    Target target,
    int steps,
    String layers,
    @JsonProperty("parameters_before") Optional<Long> parametersBefore,
    @JsonProperty("parameters_after") Optional<Long> parametersAfter,
    @JsonProperty("perplexity_before") Optional<Double> perplexityBefore,
    @JsonProperty("perplexity_pruned") Optional<Double> perplexityPruned,
    @JsonProperty("perplexity_recovered") Optional<Double> perplexityRecovered,
    @JsonProperty("perplexity_scratch") Optional<Double> perplexityScratch,
    @JsonProperty("accuracy_before") Optional<Double> accuracyBefore,
    @JsonProperty("accuracy_pruned") Optional<Double> accuracyPruned,
    @JsonProperty("accuracy_recovered") Optional<Double> accuracyRecovered,
    @JsonProperty("accuracy_scratch") Optional<Double> accuracyScratch,
    @JsonProperty("perplexity_begin") Optional<PerplexityBegin> perplexityBegin,
    @JsonProperty("begin_token") Optional<BeginToken> beginToken,
    Map<String, Map<String, Double>> metrics,
    double seconds,
    Map<String, String> stages,
    @JsonProperty("not_recovered") Optional<String> notRecovered,
    Optional<String> failure) {}
