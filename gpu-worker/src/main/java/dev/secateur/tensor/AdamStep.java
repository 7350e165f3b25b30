package dev.secateur.tensor;

/**
 * The numbers of one step of Adam with decoupled weight decay (arXiv 1711.05101).
 *
 * @param correction1 1 - beta1^step
 * @param correction2 the square root of 1 - beta2^step
 * @param clip the factor applied to the gradient first
 */
public record AdamStep(
    double rate,
    double beta1,
    double beta2,
    double eps,
    double decay,
    double correction1,
    double correction2,
    double clip) {}
