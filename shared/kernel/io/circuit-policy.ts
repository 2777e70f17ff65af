/** What circuits take of the library, in a module of its own: it is loaded with the first call to a service. */
export { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
