using Millrace.Windows;

namespace Millrace.Samples.Auctions;

/// <summary>Joins registrations and auctions of one person in one window.</summary>
internal sealed class SellerAggregate : IAggregateFunction<Registration, SellerState, SellerState>
{
    public SellerState CreateAccumulator() => default;

    public SellerState Add(Registration value, SellerState accumulator) =>
        value.Name is null ? accumulator with { HasAuction = true } : accumulator with { Name = value.Name };

    public SellerState GetResult(SellerState accumulator) => accumulator;

    public SellerState Merge(SellerState left, SellerState right) => new(left.Name ?? right.Name, left.HasAuction || right.HasAuction);
}

/// <summary>What is known about a person in one window.</summary>
/// <param name="Name">The name, when the person registered in it.</param>
/// <param name="HasAuction">Whether the person opened an auction in it.</param>
public readonly record struct SellerState(string? Name, bool HasAuction);
