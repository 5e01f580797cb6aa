global using DiffusionX.Tests.Constraints;
global using NUnit.Framework;
