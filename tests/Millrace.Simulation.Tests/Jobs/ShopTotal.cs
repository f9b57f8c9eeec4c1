namespace Millrace.Simulation.Tests.Jobs;

public sealed record ShopTotal(string Shop, long Start, long Amount, long Count);
