namespace Millrace.Samples.Nexmark;

/// <summary>A person who registers.</summary>
/// <param name="Id">Number of the person.</param>
/// <param name="Name">First and last name.</param>
/// <param name="EmailAddress">Address.</param>
/// <param name="CreditCard">Four groups of four digits.</param>
/// <param name="City">City.</param>
/// <param name="State">State, two letters.</param>
/// <param name="DateTime">Event time in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the event up to its size.</param>
public sealed record Person(
    long Id,
    string Name,
    string EmailAddress,
    string CreditCard,
    string City,
    string State,
    long DateTime,
    string Extra
);
