namespace Millrace.DevBroker.Transactions;

/// <summary>
/// The life of a transactional id:
/// <c>Empty -> Ongoing -> PrepareCommit -> CompleteCommit -> Ongoing ...</c>, or <c>PrepareAbort -> CompleteAbort</c>; a new producer takes
/// it back to <c>Empty</c>. What is prepared is decided: it is carried out even if the broker dies in between.
/// </summary>
internal enum TransactionState : byte
{
    Empty = 0,
    Ongoing = 1,
    PrepareCommit = 2,
    PrepareAbort = 3,
    CompleteCommit = 4,
    CompleteAbort = 5,
}
