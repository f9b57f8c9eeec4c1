namespace Millrace.Testing.Simulation;

/// <summary>A fault that was injected: the n-th opportunity of its kind in the run.</summary>
/// <param name="Fault">The kind.</param>
/// <param name="Opportunity">Counts from 0, per kind.</param>
public readonly record struct InjectedFault(SimulatedFault Fault, int Opportunity);
